import { createCookieIssuer } from '@cloudfront-cookie-gateway/auth/cookies/issuer';
import { isPublicSuffix } from '@cloudfront-cookie-gateway/auth/settings/public-suffix';
import { toEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { faultLine, originFaults } from '@cloudfront-cookie-gateway/core/origins';
import { nextStart } from '@cloudfront-cookie-gateway/core/session-start';
import { deriveUserId, parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { localCookieSeconds } from '@cloudfront-cookie-gateway/local/settings';
import {
  type Environment,
  operandsOf,
  originsOf,
  parseCommand,
  parseId,
  type Syntax,
  UsageError,
  usageError,
} from './command-line.ts';
import { commandSigner } from './signer.ts';

export const USER_ID: Syntax = {
  usage: 'user-id <issuer> <subject>',
  about: 'prints the user id of a subject, which names its folder',
  operands: [2, 2],
};
export const COOKIES = {
  usage: 'cookies --id <id> | --users <number>',
  about: 'prints cookie sets without a sign-in, one line of JSON each',
  options: { id: { type: 'string' }, users: { type: 'string' } },
  operands: [0, 0],
} as const satisfies Syntax;

const MAX_USERS = 1_000_000;

/**
 * The id of a provider's subject, and so the name of its folder. It does not count if `USER_ID_CLAIM` names a claim.
 */
export function userIdCommand(args: string[]): UserId {
  const [issuer, subject] = operandsOf(USER_ID, args);
  if (!issuer || !subject) throw usageError(USER_ID);
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
  const ids = idsOf(args);
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
    ...originsOf(env),
    signer,
    cookieLifetimeSeconds,
    now: () => nowMs,
  };
  const faults = originFaults(options.appOrigin, options.filesOrigin, isPublicSuffix);
  if (faults.length > 0) throw new UsageError(faults.map(faultLine).join('\n'));
  return createCookieIssuer(options);
}

function idsOf(args: string[]): Iterable<UserId> {
  const { id, users } = parseCommand(COOKIES, args).values;
  const count = Number(users);
  if (id !== undefined && users === undefined) return [parseId(id)];
  if (id === undefined && Number.isInteger(count) && count >= 1 && count <= MAX_USERS) return loadIds(count);
  throw usageError(COOKIES);
}

function* loadIds(count: number): Generator<UserId> {
  for (let number = 1; number <= count; number++) yield parseUserId(`load-${number}`);
}
