import { createRandom, type Random } from '../edge/local/support/fuzz/random.ts';
import type { StoredImage } from './content.ts';
import type { Http } from './http.ts';
import type { Recorder } from './recorder.ts';
import type { Target, Viewer } from './target.ts';

/** The parts that all units of work of one run share. */
export interface Run {
  target: Target;
  http: Http;
  recorder: Recorder;
  viewers: Viewer[];
  /** Each image with the viewer who may see it. */
  images: { image: StoredImage; viewer: Viewer }[];
  seed: number;
}

/** The choices of one unit. The same seed and number give the same choices. */
export function choices(run: Run, number: number): Random {
  return createRandom(run.seed, number);
}

export function uniformOf(random: Random): number {
  return random.below(2 ** 32) / 2 ** 32;
}

const ZIPF_EXPONENT = 1;

/** Picks images by Zipf's law. The most popular ones belong to different users. */
export function popularImages({ images }: Run): (random: Random) => Run['images'][number] {
  const zipf = createZipf(images.length, ZIPF_EXPONENT);
  return (random) => at(images, zipf(uniformOf(random)));
}

export function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no number ${index} of ${list.length}`);
  return found;
}

/**
 * Popularity by Zipf's law: rank k, from 0, is picked in proportion to 1 / (k + 1) ^ exponent.
 * @returns a function that turns a uniform number, 0 ≤ u < 1, into a rank below `count`
 */
export function createZipf(count: number, exponent: number): (uniform: number) => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** exponent;
    sums.push(sum);
  }
  return (uniform) => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? sum) > uniform * sum) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
