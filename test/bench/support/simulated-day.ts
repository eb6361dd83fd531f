import { Pool } from 'undici';
import { SESSION_LIFETIME_SECONDS } from '../../../core/time-bounds.ts';
import { attemptLogin } from '../../services/auth/support/service.ts';
import {
  CookieJar,
  type FileList,
  parseJson,
  png,
  type SignedPut,
  send,
  sendPut,
  sha256,
} from '../../support/client.ts';
import type { Teardown } from '../../support/test-stack.ts';
import { type Counts, startCountedSystem } from './counted-system.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PATIENCE = 20;
/** One person has so many files, and one more in the day: a page. Everybody's lists are lists of these. */
const LISTED = 99;

/** The runs of the schedule in the day: after the sign-outs, one that removes what they told, and an idle one. */
export const RUNS = 3;

/**
 * The calls of so many visits in a day: each is a sign-in of a person whose last session has ended, with a look at the
 * page, two lists and three renewals. Every tenth brings a picture, and every fourth ends with a sign-out.
 */
export async function countDay(t: Teardown, visits: number): Promise<Counts> {
  const system = await startCountedSystem(t);
  const { clock, service, take } = system;
  const people = await startDay(t, system, visits);
  const each = async (part: number, act: (person: Person) => Promise<unknown>) => {
    for (const person of people.slice(0, Math.round(visits * part))) await act(person);
  };
  const [first] = people;
  if (!first) throw new Error('nobody visits');
  await each(1, (person) => person.signIn());
  await each(1, (person) => person.get('/'));
  await each(1, async (person) => {
    await person.get('/auth/session');
    await person.get('/api/teams');
  });
  await each(0.1, (person) => person.upload('a new photo.png'));
  await first.get('/readyz');
  let files: FileList['files'] = [];
  for (let list = 0; list < 2 * visits; list++) {
    ({ files } = await parseJson<FileList>(await first.get('/api/files')));
  }
  for (const { url } of files.slice(0, visits)) await first.view(url);
  for (let renewal = 0; renewal < 3; renewal++) {
    clock.aheadMs += 10 * MINUTE_MS;
    await each(1, (person) => person.post('/auth/refresh', {}));
  }
  await each(0.25, (person) => person.post('/auth/logout'));
  for (let run = 0; run < RUNS; run++) {
    await service.deps.schedule.run(MINUTE_MS);
    clock.aheadMs += HOUR_MS;
  }
  return take();
}

interface Person {
  signIn(): Promise<void>;
  get(path: string): Promise<Response>;
  post(path: string, body?: object): Promise<Response>;
  /** As the page uploads a picture: the file, its thumbnail, and what was read in it. */
  upload(name: string): Promise<void>;
  view(url: string): Promise<void>;
}

/** People who were signed in half a day ago, of whom the first has the files of every list. */
async function startDay(
  t: Teardown,
  system: Awaited<ReturnType<typeof startCountedSystem>>,
  visits: number,
): Promise<Person[]> {
  const { service, clock, take, edgeOrigin } = system;
  const { deps } = service;
  // Who waits for the edge looks at its record from time to time. On a slow machine that would be a read more.
  const { sleep } = deps.clock;
  deps.clock.sleep = (milliseconds, signal) => sleep(PATIENCE * milliseconds, signal);
  const pool = new Pool(edgeOrigin);
  t.teardown(() => pool.destroy());
  const people = Array.from({ length: visits }, (_, number) => personOf(system, pool, number));
  clock.aheadMs = -SESSION_LIFETIME_SECONDS * 1_000 - HOUR_MS;
  for (const { signIn } of people) await signIn();
  clock.aheadMs = 0;
  // S3 takes only what was signed at its own time. So the files are there before anybody else has come.
  const [first] = people;
  await first?.signIn();
  for (let file = 0; file < LISTED; file++) await first?.upload(`photo ${file}.png`);
  await first?.post('/auth/logout');
  clock.aheadMs = HOUR_MS;
  await deps.schedule.run(MINUTE_MS);
  await deps.schedule.run(MINUTE_MS);
  clock.aheadMs = 0;
  take();
  return people;
}

function personOf(
  { service, provider }: Pick<Awaited<ReturnType<typeof startCountedSystem>>, 'service' | 'provider'>,
  pool: Pool,
  number: number,
): Person {
  const { origin } = service;
  // A browser drops the cookie of a session with the session.
  let jar = new CookieJar();
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await send(jar, origin + path, init);
    if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const post = (path: string, body?: object) =>
    ask(path, {
      method: 'POST',
      headers: { origin, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const put = async (path: string, body: object, bytes: Uint8Array<ArrayBuffer>) => {
    const answer = await post(path, { ...body, size: bytes.length, sha256: sha256(bytes) });
    const { upload } = await parseJson<{ upload: SignedPut }>(answer);
    const stored = await sendPut({ appOrigin: origin }, upload, bytes);
    if (stored.status !== 200) throw new Error(`S3 answers ${stored.status}`);
    return stored.headers.get('etag')?.replaceAll('"', '');
  };
  return {
    ...{ post, get: (path) => ask(path) },
    async signIn() {
      jar = new CookieJar();
      // The provider names its sessions, as many do. Its pointer is one item more.
      const claims = { sid: `at the provider, ${number}` };
      const { code } = await attemptLogin(
        service,
        provider,
        { subject: `person ${number}`, claims },
        { jar },
      );
      if (code) throw new Error(`the sign-in ended with ${code}`);
    },
    async upload(name) {
      const changedAt = '2026-11-29T12:00:00Z';
      const etag = await put('/api/uploads', { name, type: 'image/png', changedAt }, png(name));
      await put('/api/thumbnails', { name }, png(name));
      const picture = { takenAt: '2026-11-29T12:00:00Z', width: 4_000, height: 3_000, color: '#336699' };
      await post('/api/files/details', { name, etag, ...picture });
    },
    async view(url) {
      const { host, pathname, search } = new URL(url);
      const headers = { host, cookie: jar.header(pathname) };
      const answer = await pool.request({ path: pathname + search, method: 'GET', headers });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`the edge answers ${answer.statusCode}`);
    },
  };
}
