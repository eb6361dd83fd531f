import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLog } from '@cloudfront-cookie-gateway/auth/http/audit';
import { ValuesFileError } from '../deploy/aws/values-file.ts';
import { type Place, parseCommand, type Syntax, UsageError } from './command-line.ts';
import { COOKIES, cookiesCommand, USER_ID, userIdCommand } from './cookies.ts';
import { DOCTOR, doctor } from './doctor.ts';
import { FORGET, forgetCommand } from './forget.ts';
import { KEYS, keysCommand } from './keys.ts';
import { PROBE, probeCommand } from './probe.ts';
import { RELEASE, releaseCommand } from './release.ts';
import { RESTORED, restoredCommand } from './restored.ts';
import { REVOKE, revokeCommand, SESSIONS, sessionsCommand } from './sessions.ts';
import { SIGN_URL, signUrl } from './sign-url.ts';
import { TEAM, TEAMS, teamCommand, teamsCommand } from './teams.ts';

export interface Command extends Syntax {
  /**
   * Writes its results to standard output, and everything else to standard error.
   * @returns the exit status
   * @throws UsageError
   */
  run(args: string[], place: Place): Promise<number>;
}

const CHECK = {
  usage: 'check <values.json> [--json]',
  about: 'names each fault of a deployment before it is made, and changes nothing',
  options: { json: { type: 'boolean', default: false } },
  operands: [1, 1],
} as const satisfies Syntax;

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    ...SIGN_URL,
    run: async (args, place) => print(await signUrl(args, place.env, keysOf(place), Date.now())),
  },
  { ...USER_ID, run: async (args) => print(userIdCommand(args)) },
  {
    ...COOKIES,
    async run(args, place) {
      for await (const line of cookiesCommand(args, place.env, keysOf(place), Date.now())) print(line);
      return 0;
    },
  },
  { ...REVOKE, run: audited(revokeCommand) },
  { ...FORGET, run: audited(forgetCommand) },
  { ...RELEASE, run: audited(releaseCommand) },
  { ...RESTORED, run: audited(restoredCommand) },
  {
    ...SESSIONS,
    run: async (args, place) => print(...(await sessionsCommand(args, place))),
  },
  {
    ...TEAMS,
    async run(args, place) {
      for await (const line of teamsCommand(args, place)) print(line);
      return 0;
    },
  },
  { ...TEAM, run: audited(teamCommand) },
  { ...KEYS, run: async (args, place) => print(...keysCommand(args, keysOf(place), Date.now())) },
  {
    ...DOCTOR,
    async run(args, place) {
      const { text, isAdmitted } = await doctor(args, place, Date.now, () => readFileSync(0, 'utf8'));
      print(text);
      return isAdmitted ? 0 : 1;
    },
  },
  {
    ...CHECK,
    async run(args) {
      const lines = await checkLines(args);
      print(...lines);
      return Math.min(lines.length, 1);
    },
  },
  {
    ...PROBE,
    run: (args, place) => probeCommand(args, place, { out: console.log, err: console.error }),
  },
];

function keysOf({ localDirectory }: Place): string {
  return join(localDirectory, 'keys');
}

/** @returns the exit status of a command that has done what it should */
function print(...lines: string[]): 0 {
  for (const line of lines) console.log(line);
  return 0;
}

/** The audit log in the form of the service. The operator keeps it. */
const AUDIT_LOG: AuditLog = {
  info: (details, msg) => console.error(JSON.stringify({ level: 30, time: Date.now(), ...details, msg })),
};

function audited(command: (args: string[], place: Place, log: AuditLog) => Promise<string>): Command['run'] {
  return async (args, place) => print(await command(args, place, AUDIT_LOG));
}

/**
 * Finds what is wrong before a deployment, with one line for each finding.
 * @throws UsageError
 */
async function checkLines(args: string[]): Promise<string[]> {
  const { values, operands } = parseCommand(CHECK, args);
  const [file = ''] = operands;
  // The AWS clients are loaded only for this command.
  const { checkCommand } = await import('../deploy/check/check.ts');
  try {
    return await checkCommand(file, values.json);
  } catch (cause) {
    if (cause instanceof ValuesFileError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}
