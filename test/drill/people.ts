import { setTimeout as pause } from 'node:timers/promises';
import { type FileList, parseJson, png, type SignedInUser, signIn } from '../support/client.ts';
import type { TestStack } from '../support/test-stack.ts';

/** A person who is signed in, with a file, and a copy of the cookies that another person has made. */
export interface Person {
  login: string;
  user: SignedInUser;
  /** The address of the file. */
  url: string;
  /** The copied `Cookie` headers, for the app host and for the files host. */
  copied: { app: string; files: string };
}

const WELL_MS = 5_000;

export const OWN_FILE = 'own.png';

/** @throws if the copied cookies do not open the file, because a later refusal would then prove nothing */
export async function enter(stack: TestStack, login: string): Promise<Person> {
  const user = await signIn(stack, login);
  const { jar } = user;
  const { url } = await user.upload({ name: OWN_FILE, type: 'image/png', bytes: png() });
  const copied = { app: jar.header('/'), files: jar.header(new URL(url).pathname) };
  const person = { login, user, url, copied };
  const [app, files] = [await askApp(stack, person), await open(url, copied.files)];
  if (app !== 200 || files !== 200) throw new Error(`${login} came in to ${app} and ${files}`);
  return person;
}

/** A link to the person's file. @throws if it does not open */
export async function shareOf({ user }: Person): Promise<{ id: number; url: string }> {
  const share = await parseJson<{ id: number; url: string }>(
    await user.post('/api/shares', { name: OWN_FILE }),
  );
  const status = await open(share.url);
  if (status !== 200) throw new Error(`a new link opens with ${status}`);
  return share;
}

/** The status at the app host with the copied session. 503 says nothing about the session. */
export async function askApp({ appOrigin }: TestStack, { copied }: Person): Promise<number> {
  const headers = { cookie: copied.app };
  const answer = await untilAvailable(() => fetch(`${appOrigin}/auth/session`, { headers }));
  await answer.arrayBuffer();
  return answer.status;
}

/** Asks again while the answer is 503. A repaired part needs a moment, and so does a busy machine. */
export async function untilAvailable(ask: () => Promise<Response>): Promise<Response> {
  const untilMs = performance.now() + WELL_MS;
  while (true) {
    const answer = await ask();
    if (answer.status !== 503 || performance.now() > untilMs) return answer;
    await pause(50);
  }
}

/** The status at the files host. */
export async function open(url: string, cookie = ''): Promise<number> {
  const answer = await fetch(url, { headers: { cookie } });
  await answer.arrayBuffer();
  return answer.status;
}

export async function namesOf({ appOrigin }: TestStack, { user }: Person): Promise<string[]> {
  const list = await parseJson<FileList>(await untilAvailable(() => user.request(`${appOrigin}/api/files`)));
  return list.files.map(({ name }) => name);
}
