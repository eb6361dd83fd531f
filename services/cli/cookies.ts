import { parseArgs } from 'node:util';
import { toEpochSeconds } from '../../core/epoch-seconds.ts';
import { originFaults } from '../../core/origins.ts';
import { nextStart } from '../../core/session-start.ts';
import { deriveUserId, parseUserId, type UserId } from '../../core/user-id.ts';
import { createCookieIssuer } from '../auth/domain/cookie-issuer.ts';
import { isPublicSuffix } from '../auth/domain/public-suffix.ts';
import { localCookieSeconds } from '../local/cookie-seconds.ts';
import { commandSigner, type Environment, filesOrigin } from './signer.ts';
import { UsageError } from './usage-error.ts';

export const USER_ID_USAGE = 'user-id <issuer> <subject>';
export const COOKIES_USAGE = 'cookies --id <id> | --users <number>';

const MAX_USERS = 1_000_000;

/**
 * The id of a provider's subject, and so the name of its folder. It does not count if `USER_ID_CLAIM` names a claim.
 */
export function userIdCommand(args: string[]): UserId {
  const [issuer, subject, ...rest] = args;
  if (!issuer || !subject || rest.length > 0) throw new UsageError(`usage: ${USER_ID_USAGE}`);
  return deriveUserId(issuer, subject);
}

/**
 * Makes cookie sets without a sign-in, for load tests and for an operator. Each user is one line of JSON with `id` and
 * `cookies`, which is a `Cookie` header. `--users 3` makes sets for load-1, load-2 and load-3.
 * @throws UsageError
 */
export async function* cookiesCommand(
  args: string[],
  env: Environment,
  keysDirectory: string,
  nowMs: number,
): AsyncGenerator<string> {
  const ids = parseIds(args);
  const cookieLifetimeSeconds = localCookieSeconds(env['COOKIE_LIFETIME_SECONDS'], (fault) => {
    throw new UsageError(fault);
  });
  const start = nextStart(undefined, toEpochSeconds(nowMs));
  if (start === undefined) throw new UsageError('the clock of this machine is wrong');
  const issuer = await createIssuer(env, keysDirectory, cookieLifetimeSeconds, nowMs);
  for (const id of ids) {
    const { cookies } = await issuer.issue({ id, start });
    const header = cookies.filter(({ value }) => value !== '').map(({ name, value }) => `${name}=${value}`);
    yield JSON.stringify({ id, cookies: header.join('; ') });
  }
}

async function createIssuer(
  env: Environment,
  keysDirectory: string,
  cookieLifetimeSeconds: number,
  nowMs: number,
) {
  const signer = await commandSigner(env, keysDirectory);
  const options = {
    appOrigin: env['APP_ORIGIN'] || `http://localhost:${env['APP_PORT'] || 3000}`,
    filesOrigin: filesOrigin(env),
    signer,
    cookieLifetimeSeconds,
    now: () => nowMs,
  };
  const faults = originFaults(options.appOrigin, options.filesOrigin, isPublicSuffix);
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return createCookieIssuer(options);
}

function parseIds(args: string[]): Iterable<UserId> {
  const usage = `usage: ${COOKIES_USAGE}`;
  try {
    const { id, users } = parseArgs({
      args,
      options: { id: { type: 'string' }, users: { type: 'string' } },
    }).values;
    const count = Number(users);
    if (id !== undefined && users === undefined) return [parseUserId(id)];
    if (id === undefined && Number.isInteger(count) && count >= 1 && count <= MAX_USERS)
      return loadIds(count);
  } catch (cause) {
    throw new UsageError(usage, { cause });
  }
  throw new UsageError(usage);
}

function* loadIds(count: number): Generator<UserId> {
  for (let number = 1; number <= count; number++) yield parseUserId(`load-${number}`);
}
