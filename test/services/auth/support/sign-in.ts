import type { Test } from 'tap';
import { type CookieJar, parseJson, send } from '../../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from './misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from './service.ts';

/** A service, and a provider that misbehaves as a test says. */
export async function startSignIn(t: Test) {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer);
  const { origin } = service;
  return {
    ...{ provider, service, origin },
    attempt: (misbehavior: Misbehavior = {}, options: { jar?: CookieJar; returnTo?: string } = {}) =>
      attemptLogin(service, provider, misbehavior, options),
    /** The id of the user who is signed in. */
    async userOf(jar: CookieJar): Promise<string | undefined> {
      const answer = await send(jar, `${origin}/auth/session`);
      return answer.status === 200 ? (await parseJson<{ user: { id: string } }>(answer)).user.id : undefined;
    },
  };
}

/** The names of the cookies that an answer sets. Cleared cookies do not count. */
export function cookiesSet(answer: Response): string[] {
  return answer.headers
    .getSetCookie()
    .filter((line) => !/Max-Age=0|Expires=Thu, 01 Jan 1970/.test(line))
    .map((line) => line.slice(0, line.indexOf('=')));
}
