import { setTimeout as pause } from 'node:timers/promises';
import { keysCommand } from '../../services/operator/cli/keys.ts';
import { parseJson, type SignedInUser, signIn } from '../support/client.ts';
import { at, choices, nextVersion, popularImages, type Run, type StoredImage } from './choices.ts';
import type { Viewer } from './target.ts';
import { count, view, WHOLE } from './view.ts';

/** A person with a session, and an image in the folder. */
export interface Person {
  user: SignedInUser;
  image: StoredImage;
}

const IMAGE_BYTES = 2_000;
const REFUSAL_TIMEOUT_MS = 10_000;

function appOrigin({ target }: Run): string {
  if (!target.own) throw new Error('nobody can sign in there');
  return target.own.appOrigin;
}

/** Signs people in through the real provider, one after the other. */
export async function signInAll(run: Run, number: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let index = 0; index < number; index++) {
    const user = await signIn({ appOrigin: appOrigin(run) }, `person-${index}`);
    const image: StoredImage = { owner: user.id, name: 'own.png', bytes: IMAGE_BYTES, versions: [] };
    await run.target.put(`users/${user.id}/${image.name}`, nextVersion(image).content);
    people.push({ user, image });
  }
  return people;
}

/** Signs in through the real provider, up to the first request with the new cookies. */
export function createSignIn(run: Run): (number: number) => Promise<void> {
  return async (number) => {
    try {
      const { id, jar } = await signIn({ appOrigin: appOrigin(run) }, `storm-${run.seed}-${number}`);
      run.recorder.tally('signIns');
      const path = `/users/${id}/none.png`;
      const answer = await run.http.ask(path, { cookie: jar.header(path) });
      count(run, answer);
      // The folder is empty. Only a user who may look into it gets 404.
      if (answer.status !== 404) run.recorder.fault('unexpectedStatuses', `${answer.status} for ${path}`);
    } catch (error) {
      run.recorder.fault('unexpectedStatuses', `sign-in ${number}: ${error}`);
    }
  };
}

/** Renews the cookies, and opens the first image with the new ones. */
export function createRenewal(run: Run, people: Person[]): (number: number) => Promise<void> {
  return async (number) => {
    const { user, image } = at(people, number % people.length);
    const sentMs = performance.now();
    const answer = await user.post('/auth/refresh', { background: true });
    await answer.arrayBuffer();
    run.recorder.time('renewal', performance.now() - sentMs);
    run.recorder.request(answer.status, 0, undefined);
    if (answer.status !== 200)
      return run.recorder.fault('unexpectedStatuses', `${answer.status} for a renewal`);
    run.recorder.tally('renewals');
    await view(run, image, viewerOf({ user, image }), WHOLE);
  };
}

/**
 * Signs people out, one after the other, while a thief with copied cookies asks without a pause. It measures the time
 * to the edge's first refusal, and allows no success after the answer `told`.
 */
export async function signOutUnderLoad(
  run: Run,
  people: Person[],
  perSecond: number,
  signal: AbortSignal,
): Promise<void> {
  for (const person of people) {
    if (signal.aborted) return;
    const signedOut = signOut(run, person).catch((error: unknown) =>
      run.recorder.fault('unexpectedStatuses', `sign-out of ${person.user.id}: ${error}`),
    );
    await Promise.all([signedOut, pause(1_000 / perSecond)]);
  }
}

async function signOut(run: Run, { user, image }: Person): Promise<void> {
  const { recorder } = run;
  const { cookie } = viewerOf({ user, image });
  const path = `/users/${user.id}/${image.name}`;
  const sentMs = performance.now();
  let toldMs = Number.POSITIVE_INFINITY;
  const leaving = user.post('/auth/logout').then(async (answer) => {
    const answeredMs = performance.now();
    const { status } = answer;
    recorder.request(status, 0, undefined);
    if (status !== 200) return recorder.fault('unexpectedStatuses', `${status} for a sign-out`);
    if ((await parseJson<{ edge: string }>(answer)).edge === 'told') toldMs = answeredMs;
    else recorder.tally('signOutsPending');
  });
  for (;;) {
    const askedMs = performance.now();
    const answer = await run.http.ask(path, { cookie });
    count(run, answer);
    if (answer.status === 403) break;
    if (answer.status !== 200) recorder.fault('unexpectedStatuses', `${answer.status} for ${path}`);
    if (askedMs > toldMs) recorder.tally('openedAfterSignOut');
    if (askedMs > sentMs + REFUSAL_TIMEOUT_MS) {
      recorder.fault('unexpectedStatuses', `${path} is open ${REFUSAL_TIMEOUT_MS} ms after the sign-out`);
      break;
    }
  }
  recorder.time('refusal', performance.now() - sentMs);
  await leaving;
  recorder.tally('signOuts');
}

function viewerOf({ user, image }: Person): Viewer {
  return { id: user.id, cookie: user.jar.header(`/users/${user.id}/${image.name}`) };
}

/**
 * After a third of the run the other trusted key signs. In the second third everybody renews, one after the other. So
 * cookies of both keys are in use, as in a deployment whose new key is trusted already (`npm run gateway -- keys
 * rotate`).
 */
export async function rotateKeyUnderLoad(run: Run, seconds: number, signal: AbortSignal): Promise<void> {
  const { own } = run.target;
  if (!own) throw new Error("a load test must not change the target's keys");
  const before = keyPairIds(run);
  await pause((seconds / 3) * 1_000);
  keysCommand(['rotate'], own.keysDirectory, Date.now());
  const renewed = await run.target.viewers(run.viewers.length);
  for (const [index, viewer] of run.viewers.entries()) {
    if (signal.aborted) break;
    await pause(((seconds / 3) * 1_000) / run.viewers.length);
    viewer.cookie = renewed[index]?.cookie ?? '';
    run.recorder.tally('renewals');
  }
  if (before !== keyPairIds(run)) run.recorder.tally('rotations');
}

function keyPairIds({ viewers }: Run): string {
  const ids = viewers.map(({ cookie }) => /CloudFront-Key-Pair-Id=([^;]*)/.exec(cookie)?.[1]);
  return [...new Set(ids)].join(' ');
}

/** Replaces popular images under their names, one after the other. */
export async function replaceUnderLoad(run: Run, perSecond: number, signal: AbortSignal): Promise<void> {
  const pick = popularImages(run);
  for (let number = 0; !signal.aborted; number++) {
    const { image } = pick(choices(run, -1 - number));
    const replaced = image.versions.at(-1);
    const { content } = nextVersion(image);
    await Promise.all([
      run.target.put(`users/${image.owner}/${image.name}`, content).then(() => {
        if (replaced) replaced.supersededMs = performance.now();
        run.recorder.tally('replacements');
      }),
      pause(1_000 / perSecond, undefined, { signal }).catch(() => {}),
    ]);
  }
}
