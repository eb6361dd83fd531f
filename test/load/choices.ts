import { createHash } from 'node:crypto';
import { Pool } from 'undici';
import { createRandom, type Random } from '../edge/local/support/fuzz/random.ts';
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

/** An image that the run has put into the bucket. Its content is text, and each line names its owner. */
export interface StoredImage {
  owner: string;
  /** A name that needs no percent-encoding. */
  name: string;
  bytes: number;
  /** The last one is the current one. */
  versions: Version[];
}

export interface Version {
  number: number;
  /** With quotes. */
  etag: string;
  /** When the next version's write was answered, by `performance.now()`. */
  supersededMs: number;
}

const OWNER = /\[of ([A-Za-z0-9_-]+) /g;
/** Every part of this length holds at least one whole line. */
export const LONGEST_LINE_BYTES = 160;

export function contentOf({ owner, name, bytes }: StoredImage, version: number): Buffer {
  return Buffer.alloc(bytes, `[of ${owner} image ${name} version ${version}]\n`);
}

/** Announces the next version. Readers may see it as soon as its write is sent. */
export function nextVersion(image: StoredImage): { version: Version; content: Buffer } {
  const number = image.versions.length;
  const content = contentOf(image, number);
  const etag = `"${createHash('md5').update(content).digest('hex')}"`;
  const version = { number, etag, supersededMs: Number.POSITIVE_INFINITY };
  image.versions.push(version);
  return { version, content };
}

export function currentVersion({ name, versions }: StoredImage): Version {
  const version = versions.at(-1);
  if (!version) throw new Error(`${name} has not been stored`);
  return version;
}

/** The other owner whose bytes are in a body, if there is one. */
export function foreignOwner(body: Buffer, owner: string): string | undefined {
  for (const [, named] of body.toString('latin1').matchAll(OWNER)) if (named !== owner) return named;
  return undefined;
}

export interface Answer {
  /** 0 if there was no answer. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** The reason, if there was no answer. */
  error?: string;
}

export interface Http {
  /** Sends one request on one of the connections. The path goes out unchanged. */
  ask(path: string, headers: Record<string, string>, method?: 'GET' | 'HEAD'): Promise<Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

/** Connections that are kept alive, with one request at a time on each. */
export function createHttp(origin: string, connections: number): Http {
  const pool = new Pool(origin, { connections, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  return {
    async ask(path, headers, method = 'GET') {
      try {
        const answer = await pool.request({ path, method, headers });
        const body = Buffer.from(await answer.body.arrayBuffer());
        return { status: answer.statusCode, headers: answer.headers, body };
      } catch (error) {
        return { status: 0, headers: {}, body: Buffer.alloc(0), error: String(error) };
      }
    },
    close: () => pool.destroy(),
  };
}

/** The value of a header that comes at most once. */
export function headerOf({ headers }: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
