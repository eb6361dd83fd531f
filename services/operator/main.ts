#!/usr/bin/env node
import { resolve } from 'node:path';
import process from 'node:process';
import { KeyFileError } from '@cloudfront-cookie-gateway/keys/key-files';
import { UnsafeStepError } from '@cloudfront-cookie-gateway/keys/rotation';
import { readRunning, trustAuthority } from '@cloudfront-cookie-gateway/local/running';
import { UsageError } from './cli/command-line.ts';
import { COMMANDS } from './cli/commands.ts';

const LOCAL = resolve('.local');
/** The command that a person types: in a checkout, or from the package. */
const NAME = import.meta.filename.endsWith('.ts') ? 'npm run gateway --' : 'gateway';

/** `gateway <command>`: results go to standard output, everything else to standard error. */
async function main([name, ...args]: string[]): Promise<number> {
  const command = COMMANDS.find(({ usage }) => usage.split(' ', 1)[0] === name);
  const all = COMMANDS.map(({ usage }) => `  ${NAME} ${usage}`).join('\n');
  if (name === '--help' || name === 'help') {
    console.log(`${all}\n\nWhat a command does: ${NAME} <command> --help`);
    return 0;
  }
  if (!command) throw new UsageError(`${name === undefined ? '' : `there is no command ${name}`}\n${all}`);
  if (args.includes('--help')) {
    console.log(`${NAME} ${command.usage}\n${command.about}`);
    return 0;
  }
  // The local S3 may speak HTTPS.
  trustAuthority(LOCAL);
  // The shell's environment outranks what the local stack left behind.
  return command.run(args, { env: { ...readRunning(LOCAL), ...process.env }, localDirectory: LOCAL });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUnsafe = error instanceof UnsafeStepError;
  if (!(isUnsafe || error instanceof UsageError || error instanceof KeyFileError)) throw error;
  console.error(`gateway: ${error.message}`);
  process.exit(isUnsafe ? 1 : 2);
}
