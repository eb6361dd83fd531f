#!/usr/bin/env node
import { resolve } from 'node:path';
import process from 'node:process';
import { KeyFileError } from '@cloudfront-cookie-gateway/keys/key-files';
import { UnsafeStepError } from '@cloudfront-cookie-gateway/keys/rotation';
import { readRunning, trustAuthority } from '@cloudfront-cookie-gateway/local/running';
import { UsageError } from './cli/command-line.ts';
import { COMMANDS } from './cli/commands.ts';
import { ValuesFileError } from './deploy/aws/values-file.ts';

const LOCAL = resolve('.local');
/** The command that a person types: in a checkout, or from the package. */
const NAME = import.meta.filename.endsWith('.ts') ? 'npm run gateway --' : 'gateway';

/** `gateway <command>`: results go to standard output, everything else to standard error. */
async function main([name, ...args]: string[]): Promise<number> {
  const command = COMMANDS.find(({ usage }) => usage.split(' ', 1)[0] === name);
  const all = COMMANDS.map(({ usage }) => `  ${NAME} ${usage}`).join('\n');
  if (name === '--help' || name === 'help') {
    console.log(
      `${all}\n\nWhat a command does: ${NAME} <command> --help\nFor a deployment, most commands take --values values.json. Without it, they work on the local stack.`,
    );
    return 0;
  }
  if (!command) throw new UsageError(`${name === undefined ? '' : `there is no command ${name}`}\n${all}`);
  if (args.includes('--help')) {
    console.log(`${NAME} ${command.usage}\n${command.about}`);
    return 0;
  }
  const { file, rest } = ofDeployment(name, args);
  if (file !== undefined) {
    // The AWS clients are loaded only for this option. They read the region from the environment of the process.
    const { readDeployment } = await import('./deploy/aws/deployment.ts');
    Object.assign(process.env, await readDeployment(file));
    return command.run(rest, { env: process.env, localDirectory: LOCAL });
  }
  // The local S3 may speak HTTPS.
  trustAuthority(LOCAL);
  // The shell's environment outranks what the local stack left behind.
  return command.run(args, { env: { ...readRunning(LOCAL), ...process.env }, localDirectory: LOCAL });
}

/** The file of `--values <file>`, and the arguments without it. `keys` has an option of that name itself. */
function ofDeployment(name: string | undefined, args: string[]): { file?: string; rest: string[] } {
  const at = name === 'keys' ? -1 : args.indexOf('--values');
  if (at < 0) return { rest: args };
  const file = args[at + 1];
  if (file === undefined) throw new UsageError('--values needs a file: --values values.json');
  return { file, rest: args.toSpliced(at, 2) };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUnsafe = error instanceof UnsafeStepError;
  const isUsage = [UsageError, KeyFileError, ValuesFileError].some((kind) => error instanceof kind);
  if (!(error instanceof Error && (isUnsafe || isUsage))) throw error;
  console.error(`gateway: ${error.message}`);
  process.exit(isUnsafe ? 1 : 2);
}
