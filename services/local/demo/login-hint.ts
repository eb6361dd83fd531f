import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Makes the demonstration's `login_hint` (OpenID Connect Core 1.0, section 3.1.2.1). The local identity provider signs
 * that login in without a form: only the client knows the secret that makes a hint for this `state`.
 */
export function signLoginHint(login: string, state: string, clientSecret: string): string {
  return `${macOf(login, state, clientSecret)}.${login}`;
}

/** The login of a hint that was made by signLoginHint for this `state`; undefined for anything else. */
export function readLoginHint(rawHint: unknown, rawState: unknown, clientSecret: string): string | undefined {
  if (typeof rawHint !== 'string' || typeof rawState !== 'string') return undefined;
  const dot = rawHint.indexOf('.');
  const login = rawHint.slice(dot + 1);
  const given = Buffer.from(rawHint.slice(0, Math.max(dot, 0)));
  const wanted = Buffer.from(macOf(login, rawState, clientSecret));
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? login : undefined;
}

function macOf(login: string, state: string, clientSecret: string): string {
  return createHmac('sha256', clientSecret).update(`login_hint\0${state}\0${login}`).digest('base64url');
}
