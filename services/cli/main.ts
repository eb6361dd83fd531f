#!/usr/bin/env node
import process from 'node:process';
import { COMMANDS } from './commands.ts';
import { exitCodeOf, messageOf, UsageError } from './errors.ts';
import { createKeep } from './keep.ts';
import { createTerminal } from './terminal.ts';

const NAME = 'cookie-gateway';
const args = process.argv.slice(2);
const stopping = new AbortController();
const terminal = createTerminal(process, args.includes('--json'));
// What the app host has of an upload stays, so the same command goes on.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort('pause'));

async function main([name = '', ...rest]: string[]): Promise<void> {
  const all = Object.values(COMMANDS).map(({ usage }) => `  ${NAME} ${usage}`);
  if (name === '--help') return terminal.say(`${all.join('\n')}\n\n${NAME} <command> --help says more.`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`${name && `there is no command ${name}`}\n${all.join('\n')}`);
  if (rest.includes('--help')) return terminal.say(`${NAME} ${command.usage}\n${command.about}`);
  await command.run(rest, { terminal, keep: createKeep(process.env), signal: stopping.signal });
}

try {
  await main(args);
} catch (error) {
  const isStopped = stopping.signal.aborted;
  terminal.fail(isStopped ? { code: 'stopped', message: 'stopped' } : messageOf(error));
  // A pause between two tries may still run.
  process.exit(isStopped ? 130 : exitCodeOf(error));
}
