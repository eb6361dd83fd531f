#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { AuditLog } from '../auth/http/audit.ts';
import { KeyFileError } from '../keys/key-files.ts';
import { UnsafeStepError } from '../keys/rotation.ts';
import { readRunning } from '../local/running.ts';
import { trustAuthority } from '../local/trust.ts';
import { CHECK_USAGE, checkLines } from './check.ts';
import { COOKIES_USAGE, cookiesCommand, USER_ID_USAGE, userIdCommand } from './cookies.ts';
import { DOCTOR_USAGE, doctor } from './doctor.ts';
import { FORGET_USAGE, forgetCommand } from './forget.ts';
import { KEYS_USAGE, keysCommand } from './keys.ts';
import { PROBE_USAGE, probeCommand } from './probe.ts';
import { RELEASE_USAGE, releaseCommand } from './release.ts';
import { RESTORED_USAGE, restoredCommand } from './restored.ts';
import { REVOKE_USAGE, revokeCommand } from './revoke.ts';
import { SESSIONS_USAGE, sessionsCommand } from './sessions.ts';
import { SIGN_URL_USAGE, signUrl } from './sign-url.ts';
import { UsageError } from './usage-error.ts';

const LOCAL = resolve('.local');
/** The command that a person types: in a checkout, or from the package. */
const NAME = import.meta.filename.endsWith('.ts') ? 'npm run gateway --' : 'gateway';
const KEYS = join(LOCAL, 'keys');

/** The audit log in the form of the service. The operator keeps it. */
const AUDIT_LOG: AuditLog = {
  info: (details, msg) => console.error(JSON.stringify({ level: 30, time: Date.now(), ...details, msg })),
};

/** `gateway <command>`: results go to standard output, everything else to standard error. */
async function main([command, ...args]: string[]): Promise<void> {
  // The shell's environment outranks what the local stack left behind.
  const env = { ...readRunning(LOCAL), ...process.env };
  // The local S3 may speak HTTPS.
  trustAuthority(LOCAL);
  switch (command) {
    case 'sign-url':
      return console.log(await signUrl(args, env, KEYS, Date.now()));
    case 'user-id':
      return console.log(userIdCommand(args));
    case 'cookies':
      for await (const line of cookiesCommand(args, env, KEYS, Date.now())) console.log(line);
      return;
    case 'revoke':
      return console.log(await revokeCommand(args, env, LOCAL, AUDIT_LOG));
    case 'forget':
      return console.log(await forgetCommand(args, env, LOCAL, AUDIT_LOG));
    case 'release':
      return console.log(await releaseCommand(args, env, LOCAL, AUDIT_LOG));
    case 'restored':
      return console.log(await restoredCommand(args, env, LOCAL, AUDIT_LOG));
    case 'sessions':
      for (const line of await sessionsCommand(args, env, LOCAL)) console.log(line);
      return;
    case 'keys':
      for (const line of keysCommand(args, KEYS, Date.now())) console.log(line);
      return;
    case 'check': {
      const lines = await checkLines(args);
      process.exitCode = lines.length === 0 ? 0 : 1;
      for (const line of lines) console.log(line);
      return;
    }
    case 'probe':
      process.exitCode = await probeCommand(args, env, LOCAL, { out: console.log, err: console.error });
      return;
    case 'doctor': {
      const { text, isAdmitted } = await doctor(args, env, LOCAL, Date.now, () => readFileSync(0, 'utf8'));
      process.exitCode = isAdmitted ? 0 : 1;
      return console.log(text);
    }
    default: {
      const isHelp = command === '--help' || command === 'help';
      const usages = [
        SIGN_URL_USAGE,
        USER_ID_USAGE,
        COOKIES_USAGE,
        REVOKE_USAGE,
        FORGET_USAGE,
        RELEASE_USAGE,
        RESTORED_USAGE,
        SESSIONS_USAGE,
        KEYS_USAGE,
        DOCTOR_USAGE,
        CHECK_USAGE,
        PROBE_USAGE,
      ];
      const text = usages.map((usage) => `\n  ${NAME} ${usage}`).join('');
      if (!isHelp) throw new UsageError(text);
      return console.log(text.slice(1));
    }
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUnsafe = error instanceof UnsafeStepError;
  if (!(isUnsafe || error instanceof UsageError || error instanceof KeyFileError)) throw error;
  console.error(`gateway: ${error.message}`);
  process.exit(isUnsafe ? 1 : 2);
}
