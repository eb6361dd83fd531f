import { createRandom } from '../edge/local/support/fuzz/random.ts';
import { atOnce } from '../support/at-once.ts';
import { createAttack } from './attack.ts';
import { choices, createHttp, nextVersion, type Run, type StoredImage, uniformOf } from './choices.ts';
import { drive, type Ending } from './engine.ts';
import {
  createRenewal,
  createSignIn,
  replaceUnderLoad,
  rotateKeyUnderLoad,
  signInAll,
  signOutUnderLoad,
} from './people.ts';
import { createRecorder, type Recorded, type Recorder } from './recorder.ts';
import type { Scenario } from './scenarios.ts';
import type { Target } from './target.ts';
import { createView } from './view.ts';

export interface Outcome {
  ending: Ending;
  recorded: Recorded;
}

type Unit = (number: number) => Promise<void>;

const CONNECTIONS = 64;
const STORES_AT_ONCE = 8;
const MAX_FAULT_SHARE = 0.2;

/**
 * Stores the images, then sends the requests of the scenario.
 * @param name is part of the images' names, so that no scenario finds images of another one in the cache
 * @param onRecorder called with the recorder, to show the progress
 */
export async function runScenario(
  target: Target,
  name: string,
  scenario: Scenario,
  options: { seed: number; signal: AbortSignal; onRecorder?: (recorder: Recorder) => void },
): Promise<Outcome> {
  const { seed, signal } = options;
  const viewers = await target.viewers(scenario.users);
  const images = viewers.flatMap((viewer) =>
    Array.from({ length: scenario.imagesPerUser }, (_, index) => {
      const bytes = scenario.imageBytes[index % scenario.imageBytes.length] ?? 0;
      const image: StoredImage = { owner: viewer.id, name: `${name}-${index}.png`, bytes, versions: [] };
      return { image, viewer };
    }),
  );
  // Users take turns, so that the most popular images belong to different users.
  images.sort((a, b) => rankOf(a.image) - rankOf(b.image));
  const http = createHttp(target.filesOrigin, CONNECTIONS);
  const recorder = createRecorder();
  const run: Run = { target, http, recorder, viewers, images, seed };
  const over = new AbortController();
  try {
    await storeAll(run, signal);
    const unit = await unitOf(run, scenario);
    const beside = await besideOf(run, scenario, over.signal);
    let besides: Promise<void> | undefined;
    // A run may end before its warm-up does.
    void recorder.begun.then(() => {
      besides = beside?.();
      // An error of this work is thrown below, once nothing else is under way.
      besides?.catch(() => {});
    });
    options.onRecorder?.(recorder);
    const random = createRandom(seed, -1);
    const ending = await drive(
      {
        ...scenario,
        maxUnits: scenario.maxUnits ?? Number.POSITIVE_INFINITY,
        maxFaultShare: MAX_FAULT_SHARE,
      },
      { unit, recorder, uniform: () => uniformOf(random), signal },
    );
    const recorded = recorder.result();
    over.abort();
    await besides;
    return { ending, recorded };
  } finally {
    await http.close();
  }
}

function rankOf({ name }: StoredImage): number {
  return Number(/-(\d+)\.png$/.exec(name)?.[1]);
}

async function storeAll({ target, images }: Run, signal: AbortSignal): Promise<void> {
  await atOnce(STORES_AT_ONCE, images, async ({ image }) => {
    signal.throwIfAborted();
    const { content, version } = nextVersion(image);
    const etag = await target.put(`users/${image.owner}/${image.name}`, content);
    if (etag === version.etag) return;
    throw new Error(
      `the bucket's ETag ${etag} is not the MD5 of what was stored: answers cannot be told apart`,
    );
  });
}

async function unitOf(run: Run, { work, users }: Scenario): Promise<Unit> {
  switch (work.kind) {
    case 'view': {
      const view = createView(run, work.mix);
      const { attackShare = 0 } = work;
      if (attackShare === 0) return view;
      const attack = createAttack(run);
      return (number) =>
        choices(run, number ^ 0x5bd1e995).chance(attackShare) ? attack(number) : view(number);
    }
    case 'sign-in':
      return createSignIn(run);
    case 'renewal':
      return createRenewal(run, await signInAll(run, users));
  }
}

async function besideOf(
  run: Run,
  { beside, seconds }: Scenario,
  signal: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  switch (beside?.kind) {
    case undefined:
      return undefined;
    case 'sign-outs': {
      const people = await signInAll(run, beside.people);
      return () => signOutUnderLoad(run, people, beside.perSecond, signal);
    }
    case 'rotation':
      return () => rotateKeyUnderLoad(run, seconds, signal);
    case 're-uploads':
      return () => replaceUnderLoad(run, beside.perSecond, signal);
  }
}
