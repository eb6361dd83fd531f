import { createHash } from 'node:crypto';
import { defined } from './defined.ts';
import { folderPath } from './file-name.ts';
import { type Owner, teamOwner, toTeamId, userOwner } from './owner.ts';
import type { SignedPolicy } from './policy-signer.ts';
import { parseUserId } from './user-id.ts';

/**
 * A cookie in the form that `reply.setCookie` of Fastify and `res.cookie` of Express take: `(name, value, options)`.
 */
export interface CloudFrontCookie {
  name: string;
  value: string;
  options: {
    path: string;
    domain?: string;
    httpOnly: true;
    secure: true;
    sameSite: 'lax';
    /**
     * In the past for a cookie that is to be cleared. Otherwise absent, as AWS advises, so that the cookie ends with
     * the browser.
     */
    expires?: Date;
  };
}

/**
 * The cookies that open one folder (DG: private-content-setting-signed-cookie-custom-policy). A cookie without a
 * value is cleared.
 * @param cookieDomain absent for host-only cookies
 */
export function cloudFrontCookies(
  owner: Owner,
  cookieDomain: string | undefined,
  signed: Partial<SignedPolicy>,
): CloudFrontCookie[] {
  const options = {
    path: folderPath(owner),
    ...defined({ domain: cookieDomain }),
    httpOnly: true as const,
    secure: true as const,
    sameSite: 'lax' as const,
  };
  return cloudFrontPairs(signed).map(([name, value]) =>
    value === undefined
      ? { name, value: '', options: { ...options, expires: new Date(0) } }
      : { name, value, options },
  );
}

/** The four names, each with its value. */
export function cloudFrontPairs(signed: Partial<SignedPolicy>): [name: string, value: string | undefined][] {
  return [
    ['CloudFront-Policy', signed.policy],
    ['CloudFront-Signature', signed.signature],
    ['CloudFront-Key-Pair-Id', signed.keyPairId],
    ['CloudFront-Hash-Algorithm', signed.hashAlgorithm],
  ];
}

/** Holds the session's token. Only the app host gets a cookie with this prefix. */
export const SESSION_COOKIE = '__Host-session';

/** A folder whose CloudFront cookies a browser may hold. */
export interface NotedFolder {
  owner: Owner;
  /** When the cookies of a team were last renewed, in epoch seconds. 0 for a user's folder. */
  renewedAtEpoch: number;
}

/**
 * The cookie that notes a folder whose CloudFront cookies a browser may hold, since the app host does not see those
 * cookies. The ids of a user and of a team look alike, so the value tells which of the two it is.
 */
export function folderNote({ owner, renewedAtEpoch }: NotedFolder): { name: string; value: string } {
  return { name: `__Host-files-${owner.id}`, value: owner.kind === 'user' ? '1' : `${renewedAtEpoch}` };
}

/** The folder that such a cookie notes. Undefined for another cookie. */
export function notedFolder(name: string, value = ''): NotedFolder | undefined {
  const id = /^__Host-files-([A-Za-z0-9_-]{1,64})$/.exec(name)?.[1];
  if (id === undefined) return undefined;
  const teamId = /^\d{10,12}$/.test(value) ? toTeamId(id) : undefined;
  return teamId === undefined
    ? { owner: userOwner(parseUserId(id)), renewedAtEpoch: 0 }
    : { owner: teamOwner(teamId), renewedAtEpoch: Number(value) };
}

/** Each sign-in under way has its own cookie, so that two tabs can sign in at once. */
export function loginCookieName(state: string): string {
  return `__Host-login-${createHash('sha256').update(state).digest('base64url').slice(0, 22)}`;
}

export function isLoginCookieName(name: string): boolean {
  return /^__Host-login-[A-Za-z0-9_-]{22}$/.test(name);
}
