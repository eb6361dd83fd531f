import { setTimeout as pause } from 'node:timers/promises';
import { keysCommand } from '../../services/operator/cli/keys.ts';
import { choices, popularImages, type Run } from './choices.ts';
import { nextVersion } from './content.ts';

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
