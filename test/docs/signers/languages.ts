import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { VectorKey } from '../../../services/vectors/vectors.ts';
import type { Call, Run } from './judge.ts';

export const SIGNERS = resolve('docs/signers');
const DRIVERS = resolve('test/docs/signers');

/** A language of docs/signers, with Debian's program for it. */
export interface Language {
  file: string;
  /** What it needs of Debian. */
  programs: string[];
  /**
   * Compiles the signer in an own folder, if the language does so.
   * @returns the command that reads calls
   */
  prepare(signers: string, directory: string): string[];
}

/** Debian's own programs, because others may come first on PATH. */
export const PYTHON: Language = {
  file: 'files_cookies.py',
  programs: ['/usr/bin/python3', '/usr/lib/python3/dist-packages/cryptography'],
  prepare: (signers) => ['/usr/bin/python3', '-B', join(DRIVERS, 'driver.py'), signers],
};

export const OTHERS: Language[] = [
  {
    file: 'files_cookies.rb',
    programs: ['/usr/bin/ruby'],
    prepare: (signers) => ['/usr/bin/ruby', join(DRIVERS, 'driver.rb'), signers],
  },
  {
    file: 'FilesCookies.php',
    programs: ['/usr/bin/php'],
    prepare: (signers) => ['/usr/bin/php', join(DRIVERS, 'driver.php'), signers],
  },
  {
    file: 'filescookies.go',
    programs: ['/usr/bin/go'],
    prepare: (signers, directory) => {
      mkdirSync(join(directory, 'filescookies'));
      cpSync(join(signers, 'filescookies.go'), join(directory, 'filescookies/filescookies.go'));
      cpSync(join(DRIVERS, 'driver.go'), join(directory, 'main.go'));
      writeFileSync(join(directory, 'go.mod'), 'module example.com/driver\n\ngo 1.24\n');
      // Nothing of it comes from the network.
      const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local' };
      execFileSync('/usr/bin/go', ['build', '-o', 'driver', '.'], { cwd: directory, env });
      return [join(directory, 'driver'), signers];
    },
  },
  {
    file: 'FilesCookies.java',
    programs: ['/usr/bin/javac', '/usr/bin/java'],
    prepare: (signers, directory) => {
      const sources = [join(signers, 'FilesCookies.java'), join(DRIVERS, 'Driver.java')];
      execFileSync('/usr/bin/javac', ['-d', directory, ...sources]);
      return ['/usr/bin/java', '-cp', directory, 'Driver', signers];
    },
  },
];

/** @param command of `prepare` */
export function runner(command: string[], directory: string): Run {
  const [program = '', ...args] = command;
  return ({ filesOrigin, cookieDomain }, key: VectorKey, calls: Call[]) => {
    const keyFile = join(directory, 'key.pem');
    writeFileSync(keyFile, key.privateKey);
    const input = calls.map(([name, ...values]) => [name, ...values.map(hex)].join(' ')).join('\n');
    const settings = [filesOrigin, cookieDomain, key.keyPairId, keyFile, key.type];
    const output = execFileSync(program, [...args, ...settings], { input: `${input}\n`, encoding: 'utf8' });
    const lines = output.trimEnd().split('\n');
    if (lines.length !== calls.length) throw new Error(`${lines.length} answers to ${calls.length} calls`);
    return lines.map((line) => {
      const [kind, text = ''] = line.split(' ');
      if (kind !== 'text' && kind !== 'error') throw new Error(`an answer is ${line}`);
      return kind === 'text' ? Buffer.from(text, 'hex').toString() : undefined;
    });
  };
}

function hex(value: string | number | null): string {
  return `x${Buffer.from(`${value ?? ''}`).toString('hex')}`;
}
