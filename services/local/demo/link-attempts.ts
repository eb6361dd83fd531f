import { randomBytes } from 'node:crypto';
import type { Attempt } from './attempts.ts';
import type { EdgeAnswer } from './edge-request.ts';
import { type Browser, createBrowser, type Person, type Service } from './people.ts';
import { parseRecord, textOf } from './record.ts';
import { promiseOf, put } from './upload.ts';

const PASSWORD = 'a password';
const TEXT = 'A file that came by a link.\n';

/** A link to a team, whose secret somebody has. */
export interface SecretLink {
  id: string;
  secret: string;
}

interface Scene {
  /** An editor of the team. */
  editor: Person;
  teamId: string;
  /** The path of a file of the team. */
  file: string;
  /** The path of a file in the own folder of another user. */
  userFile: string;
}

/** The attempts of guests: people who have nothing but links to a team's folder. */
export async function* linkAttempts(service: Service, scene: Scene): AsyncGenerator<Attempt> {
  yield* withViewLink(service, scene);
  yield* withPassword(service, scene);
  yield* withUploadLink(service, scene);
}

async function* withViewLink(
  service: Service,
  { editor, teamId, file, userFile }: Scene,
): AsyncGenerator<Attempt> {
  const [link, other] = [await makeLink(editor, teamId), await makeLink(editor, teamId)];
  const guest = createBrowser(service);
  await openLink(guest, link);
  await openLink(guest, other);
  const set = guest.jar.ofFiles(file);
  yield { kind: 'linkOnUser', target: userFile, headers: { cookie: set }, isOwn: false };

  const guess = `${teamId}.${randomBytes(32).toString('base64url')}`;
  yield await asked(guest, 'guessedLink', 'POST', '/auth/links/open', { secret: guess });
  yield await asked(guest, 'viewerSends', 'POST', `/api/links/${link.id}/uploads`, promiseOf(TEXT));

  const thief = createBrowser(service);
  thief.jar.store([`__Host-link-${link.id}=${passOf(guest, other)}; Path=/`]);
  yield await asked(thief, 'otherPass', 'POST', `/auth/links/${link.id}/refresh`);

  const ended = guest.jar.ofFiles(file);
  await editor.ask('DELETE', `/api/teams/${teamId}/links/${other.id}`);
  yield { kind: 'endedLink', target: file, headers: { cookie: ended }, isOwn: false };
}

async function* withPassword(service: Service, { editor, teamId }: Scene): AsyncGenerator<Attempt> {
  const link = await makeLink(editor, teamId, { password: PASSWORD });
  const guest = createBrowser(service);
  const wrong = { secret: link.secret, password: `${PASSWORD}!` };
  yield await asked(guest, 'wrongPassword', 'POST', '/auth/links/open', wrong);
  await guest.ask('POST', '/auth/links/open', { secret: link.secret, password: PASSWORD });
  await editor.ask('PATCH', `/api/teams/${teamId}/links/${link.id}`, { password: `${PASSWORD} that is new` });
  yield await asked(guest, 'oldPass', 'POST', `/auth/links/${link.id}/refresh`);
}

async function* withUploadLink(service: Service, { editor, teamId }: Scene): AsyncGenerator<Attempt> {
  const link = await makeLink(editor, teamId, { role: 'uploader' });
  const guest = createBrowser(service);
  await openLink(guest, link);
  yield await asked(guest, 'uploaderLists', 'GET', `/api/links/${link.id}/files`);

  const promised = await guest.ask('POST', `/api/links/${link.id}/uploads`, promiseOf(TEXT));
  const upload = parseRecord(promised['upload']);
  const stored = await put(upload, TEXT);
  if (stored.status >= 400) throw new Error(`S3 answers an upload by a link with ${stored.status}`);
  const { pathname } = new URL(textOf(upload['url']));
  yield byOther('uploaderOverwrites', 'PUT', pathname, await put(upload, TEXT));
}

/** @returns what only the maker of the link gets */
export async function makeLink(editor: Person, teamId: string, wanted: object = {}): Promise<SecretLink> {
  const made = await editor.ask('POST', `/api/teams/${teamId}/links`, { role: 'viewer', ...wanted });
  const [, secret = ''] = textOf(made['url']).split('#link=');
  return { id: textOf(made['id']), secret };
}

/** Opens a link in a browser: it gets the cookies of the folder. */
export async function openLink(browser: Browser, { secret }: SecretLink): Promise<void> {
  await browser.ask('POST', '/auth/links/open', { secret });
}

function passOf({ jar }: Browser, { id }: SecretLink): string {
  const name = `__Host-link-${id}=`;
  const pair = jar
    .header('/')
    .split('; ')
    .find((each) => each.startsWith(name));
  return pair?.slice(name.length) ?? '';
}

async function asked(
  browser: Browser,
  kind: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Attempt> {
  return byOther(kind, method, path, await browser.send(method, path, body));
}

function byOther(kind: string, method: string, target: string, answer: EdgeAnswer): Attempt {
  return { kind, target, headers: {}, isOwn: false, byService: { method, answer } };
}
