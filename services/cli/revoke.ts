import { parseArgs } from 'node:util';
import { type AuditLog, audit } from '../auth/http/audit.ts';
import { endAllSessions, endSessionById } from '../auth/sessions/end.ts';
import { answered, openSessionStores, parseId } from './session-stores.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';

export const REVOKE_USAGE = 'revoke <user id> [--session <session id>]';

const EDGE = {
  told: 'at the edge too',
  pending: 'but the edge has not confirmed; the service will tell it',
};

/**
 * Ends every session and share of a user, or one session, at the edge too. It is for a disabled account or a stolen
 * laptop.
 * @throws UsageError
 */
export async function revokeCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  auditLog: AuditLog,
): Promise<string> {
  const { rawId, session } = parseOptions(args);
  const userId = parseId(rawId);
  const stores = openSessionStores(env, localDirectory);
  const nothing = 'nothing is revoked';
  if (session !== undefined) {
    const ended = await answered(endSessionById(stores, userId, session), nothing);
    if (!ended) {
      throw new UsageError(`${userId} has no such session: npm run gateway -- sessions ${userId} lists them`);
    }
    audit(auditLog, 'session_ended', { userId, session });
    return `${userId}: the session ${session} has ended, ${EDGE[await ended.edge]}`;
  }
  const { version } = await answered(stores.users.read(userId), nothing);
  const { edge } = await answered(endAllSessions(stores, userId), nothing);
  audit(auditLog, 'revoked', { userId });
  const all = `${userId}: every session and every share is revoked, ${EDGE[await edge]}`;
  return version > 0
    ? all
    : `${all}\nNobody has signed in here with this id. The revocation covers cookies that were made without a sign-in, if there are any. Is the id correct?`;
}

function parseOptions(args: string[]): { rawId: string; session: string | undefined } {
  try {
    const options = { session: { type: 'string' } } as const;
    // One id in 64 begins with a dash, and parseArgs would read it as an option.
    const at = args.indexOf('--session');
    const value = at < 0 ? undefined : args[at + 1];
    const joined = value === undefined ? args : args.toSpliced(at, 2, `--session=${value}`);
    const { values, positionals } = parseArgs({ args: joined, allowPositionals: true, options });
    const [rawId, ...more] = positionals;
    if (rawId !== undefined && more.length === 0) return { rawId, session: values.session };
  } catch {
    // The error below shows the usage.
  }
  throw new UsageError(`usage: ${REVOKE_USAGE}`);
}
