import { CookieJar, parseJson, send } from './client.ts';

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
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) if (value !== undefined) body.set(name, value);
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

/** An ID token of the local provider, by the device flow (RFC 8628). A person types the code, and signs in. */
export async function idTokenByDevice(
  issuer: string,
  login: string,
  clientId = 'gateway-native',
): Promise<string> {
  const started = await fetch(`${issuer}/device/auth`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, scope: 'openid profile email' }),
  });
  const { device_code, user_code, verification_uri } = await parseJson<Record<string, string>>(started);
  await approveDevice(verification_uri ?? '', { user_code: user_code ?? '', login });
  const grant_type = `${OAUTH}:grant-type:device_code`;
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId, grant_type, device_code: device_code ?? '' }),
  });
  const { id_token } = await parseJson<{ id_token?: string }>(answer);
  if (id_token === undefined) throw new Error(`no ID token: ${answer.status}`);
  return id_token;
}

/**
 * Fills in the forms of the provider, one after the other, as a person does.
 * @param fields what the person types, by the name of the field
 * @returns the last page
 */
export async function approveDevice(
  verificationUri: string,
  fields: Record<string, string>,
): Promise<string> {
  const jar = new CookieJar();
  let url = verificationUri;
  let answer = await send(jar, url);
  for (let step = 0; step < 12; step++) {
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url).href;
      answer = await send(jar, url);
      continue;
    }
    const html = await answer.text();
    const [, form] = /(<form.*<\/form>)/s.exec(html) ?? [];
    if (form === undefined) return html;
    const inputs: Record<string, string> = {};
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1] ?? '';
      const value = fields[name] ?? /value="([^"]*)"/.exec(input)?.[1];
      if (value !== undefined) inputs[name] = value;
    }
    url = new URL(/action="([^"]+)"/.exec(form)?.[1] ?? url, url).href;
    answer = await send(jar, url, { method: 'POST', body: new URLSearchParams(inputs) });
  }
  throw new Error(`the device flow got stuck at ${url}`);
}
