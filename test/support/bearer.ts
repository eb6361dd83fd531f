import { parseJson } from './client.ts';

const OAUTH = 'urn:ietf:params:oauth';

/** The answer of `POST /auth/token`. */
export interface Exchanged {
  access_token: string;
  token_type: string;
  issued_token_type: string;
  expires_in: number;
  files: { origin: string; prefix: string; cookie: string; query: string; expires_in: number };
}

/** @param changes replace members of the form; undefined removes one */
export function postToken(
  origin: string,
  idToken: string,
  changes: Record<string, string | undefined> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const members = {
    grant_type: `${OAUTH}:grant-type:token-exchange`,
    subject_token: idToken,
    subject_token_type: `${OAUTH}:token-type:id_token`,
    ...changes,
  };
  const given = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const body = new URLSearchParams(given);
  return fetch(`${origin}/auth/token`, { method: 'POST', body, headers, redirect: 'manual' });
}

/** Exchanges an ID token, which must be accepted. */
export async function exchange(
  origin: string,
  idToken: string,
  headers?: Record<string, string>,
): Promise<Exchanged> {
  const answer = await postToken(origin, idToken, {}, headers);
  if (answer.status !== 200) throw new Error(`token refused: ${await answer.text()}`);
  return parseJson<Exchanged>(answer);
}

/** Sends a request as a client that is no browser. */
export function withBearer(token: string, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  return fetch(url, { ...init, headers, redirect: 'manual' });
}
