import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CloudFrontCookie,
  type CookieIssuer,
  createCookieIssuer,
  createKeySigner,
  deriveUserId,
  type EpochSeconds,
  nextStart,
  toEpochSeconds,
  type UserId,
} from '@cloudfront-cookie-gateway/cookies';
import { cookies } from 'next/headers';

const { APP_ORIGIN: appOrigin = '', FILES_ORIGIN: filesOrigin = '' } = process.env;

export interface Session {
  name: string;
  files: { id: UserId; start: EpochSeconds };
}

/** The address of a file in the folder of a user. */
export function urlOf({ files: { id } }: Session, file: string): string {
  return `${filesOrigin}/users/${id}/${encodeURIComponent(file)}`;
}

/** The same folder in the bucket of this machine. On AWS, your app lists and writes the folder in S3. */
export function folderOf({ files: { id } }: Session): string {
  return join('bucket', 'users', id);
}

let issuer: CookieIssuer | undefined;

/** Made at its first use, because the build has no key. */
function ourIssuer(): CookieIssuer {
  const { KEY_PAIR_ID: keyPairId = '', SIGNING_KEY_FILE = '' } = process.env;
  issuer ??= createCookieIssuer({
    appOrigin,
    filesOrigin,
    signer: createKeySigner({ keyPairId, privateKey: readFileSync(SIGNING_KEY_FILE, 'utf8') }),
    cookieLifetimeSeconds: 900,
  });
  return issuer;
}

/** Opens the folder for this browser. @returns what the client in the browser wants to know */
export async function openFolder({ files }: Session) {
  const { cookies: made, session } = await ourIssuer().issue(files);
  await setAll(made);
  return session;
}

export async function closeFolder({ files }: Session): Promise<void> {
  await setAll(ourIssuer().clear(files.id));
}

async function setAll(made: CloudFrontCookie[]): Promise<void> {
  const jar = await cookies();
  for (const { name, value, options } of made) jar.set(name, value, options);
}

// STAND-IN: your own login takes the place of all that follows. This one believes everybody, and forgets all at its end.

declare global {
  var signedIn: Map<string, Session> | undefined;
}
// Pages and route handlers have modules of their own. Only globalThis is the same for both.
globalThis.signedIn ??= new Map();
const sessions = globalThis.signedIn;

export async function currentSession(): Promise<Session | undefined> {
  return sessions.get((await cookies()).get('sid')?.value ?? '');
}

/** @returns undefined after too many sign-ins in an hour */
export async function beginSession(name: string): Promise<Session | undefined> {
  const start = nextStart(undefined, toEpochSeconds(Date.now()));
  if (start === undefined) return undefined;
  const session = { name, files: { id: deriveUserId(appOrigin, name), start } };
  const sid = randomUUID();
  sessions.set(sid, session);
  (await cookies()).set('sid', sid, { httpOnly: true, sameSite: 'lax' });
  return session;
}

export async function endSession(): Promise<void> {
  const jar = await cookies();
  sessions.delete(jar.get('sid')?.value ?? '');
  jar.delete('sid');
}
