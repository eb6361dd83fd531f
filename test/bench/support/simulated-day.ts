import { Pool } from 'undici';
import { SESSION_LIFETIME_SECONDS } from '../../../core/time-bounds.ts';
import { COUNTED, type Counts } from '../../../scripts/cost/usage.ts';
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
import { startCountedSystem } from './counted-system.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PATIENCE = 20;
/** One person has so many files, and one more in the day: a page. Everybody's lists are lists of these. */
const LISTED = 99;

/** What was counted in each step of the day, and in steps that are no part of everybody's day. */
export interface Steps {
  ofDay: Map<string, Counts>;
  others: Map<string, Counts>;
}

/** The runs of the schedule in the day. The writer at the edge gives its lease back after the last answer. */
export const RUNS = ['after the sign-outs', 'removes what they told', 'idle'] as const;

/**
 * The calls of so many visits in a day: each is a sign-in of a person whose last session has ended, with a look at the
 * page, two lists and three renewals. Every tenth brings a picture, and every fourth ends with a sign-out. So twenty
 * visits are what `VISITS` gives to one person in a month.
 */
export async function countDay(t: Teardown, visits: number): Promise<Steps> {
  const system = await startCountedSystem(t);
  const { clock, take, service } = system;
  const steps = new Map<string, Counts>();
  const people = await startDay(t, system, visits);
  const each = async (name: string, part: number, act: (person: Person) => Promise<unknown>) => {
    for (const person of people.slice(0, Math.round(visits * part))) await act(person);
    steps.set(name, take());
  };
  const runSchedule = () => service.deps.schedule.run(MINUTE_MS);
  const [first] = people;
  if (!first) throw new Error('nobody visits');
  await each('sign-ins', 1, (person) => person.signIn());
  await each('pages', 1, (person) => person.get('/'));
  await each('looks', 1, async (person) => {
    await person.get('/auth/session');
    await person.get('/api/teams');
  });
  await each('uploads', 0.1, (person) => person.upload('a new photo.png'));
  await each('lists', 1, async () => {
    for (let list = 0; list < 2; list++) await first.get('/api/files');
  });
  const { files } = await parseJson<FileList>(await first.get('/api/files'));
  take();
  for (const { url } of files.slice(0, visits)) await first.view(url);
  steps.set('views', take());
  for (let renewal = 1; renewal <= 3; renewal++) {
    clock.aheadMs += 10 * MINUTE_MS;
    await each(`renewals ${renewal}`, 1, (person) => person.post('/auth/refresh', {}));
  }
  await each('sign-outs', 0.25, (person) => person.post('/auth/logout'));
  for (const name of RUNS) {
    await runSchedule();
    steps.set(name, take());
    clock.aheadMs += HOUR_MS;
  }
  return { ofDay: steps, others: await countOthers(system, people.at(-1) ?? first, runSchedule) };
}

/** What a person's day may have besides. The runs of the schedule after each step are not counted. */
async function countOthers(
  { take, clock }: Pick<Awaited<ReturnType<typeof startCountedSystem>>, 'take' | 'clock'>,
  person: Person,
  runSchedule: () => Promise<unknown>,
): Promise<Map<string, Counts>> {
  const steps = new Map<string, Counts>();
  const count = async (name: string, act: () => Promise<unknown>) => {
    await act();
    await runSchedule();
    const counts = take();
    await runSchedule();
    steps.set(name, minus(counts, take()));
  };
  await person.signIn();
  await runSchedule();
  take();
  await count('a sign-in in a browser that is signed in', () => person.signIn(true));
  await count('a health check, /readyz', () => person.get('/readyz'));
  const made = await person.post('/api/teams', { name: 'Photos' });
  const { id } = await parseJson<{ id: string }>(made);
  take();
  await count('the list of teams', () => person.get('/api/teams'));
  await count('a team opened', () => person.post(`/auth/refresh?team=${id}`, {}));
  clock.aheadMs += 10 * MINUTE_MS;
  await count('a team renewed', () => person.post(`/auth/refresh?team=${id}`, {}));
  return steps;
}

function minus(counts: Counts, others: Counts): Counts {
  const left = { ...counts };
  for (const name of COUNTED) left[name] -= others[name];
  return left;
}

interface Person {
  /** @param isAgain in a browser that still has its session */
  signIn(isAgain?: boolean): Promise<void>;
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
    async signIn(isAgain = false) {
      if (!isAgain) jar = new CookieJar();
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
