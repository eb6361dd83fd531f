import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { COMMANDS } from '../../../../services/operator/cli/commands.ts';
import { ecKey, localValues } from '../../../support/local-values.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const gateway = (...args: string[]) => {
  const command = ['services/operator/main.ts', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, stdout, stderr };
};

t.test('the help has the usage of every command', async (t) => {
  const names = COMMANDS.map(({ usage }) => usage.split(' ')[0]);
  t.equal(new Set(names).size, names.length, 'one row for each name');
  for (const { usage, about } of COMMANDS) t.match(about, /^[a-z].+[^.]$/, usage);
  const help = gateway('--help');
  t.match(help, { status: 0, stderr: '' });
  for (const { usage } of COMMANDS) t.ok(help.stdout.includes(`  npm run gateway -- ${usage}\n`), usage);
  t.strictSame(gateway('help'), help);
  const nothing = gateway();
  t.match(nothing, { status: 2, stdout: '' });
  for (const { usage } of COMMANDS) t.ok(nothing.stderr.includes(usage), usage);
});

t.test('the help of one command says what it does, and does nothing', async (t) => {
  const [forget] = COMMANDS.filter(({ usage }) => usage.startsWith('forget '));
  t.strictSame(gateway('forget', 'alice', '--yes', '--help'), {
    status: 0,
    stdout: `npm run gateway -- ${forget?.usage}\n${forget?.about}\n`,
    stderr: '',
  });
});

t.test('an unknown command is named, and so is a wrong option', async (t) => {
  const unknown = gateway('forgets');
  t.match(unknown, { status: 2, stdout: '', stderr: /^gateway: there is no command forgets\n {2}npm run / });
  t.strictSame(gateway('forget', 'alice', '--now'), {
    status: 2,
    stdout: '',
    stderr: "gateway: Unknown option '--now'\nusage: forget <user id> [--yes]\n",
  });
  t.strictSame(gateway('revoke', 'alice', '--session'), {
    status: 2,
    stdout: '',
    stderr:
      "gateway: Option '--session <value>' argument missing\nusage: revoke <user id> [--session <session id>]\n",
  });
});

t.test('a step that would refuse requests is not taken: 1, and it names the reason', async (t) => {
  const file = join(temporaryDirectory(t), 'values.json');
  const text = JSON.stringify(localValues([ecKey('one')]));
  writeFileSync(file, text);
  const { status, stderr } = gateway('keys', 'retire', 'one', '--values', file);
  t.equal(status, 1);
  t.match(stderr, /^gateway: .*one/);
  t.equal(readFileSync(file, 'utf8'), text);
});
