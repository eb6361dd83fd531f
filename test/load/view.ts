import {
  type Answer,
  choices,
  contentOf,
  currentVersion,
  foreignOwner,
  headerOf,
  LONGEST_LINE_BYTES,
  popularImages,
  type Run,
  type StoredImage,
} from './choices.ts';
import type { FaultKind } from './recorder.ts';
import type { Viewer } from './target.ts';

/** Shares of the requests that differ from a plain GET of the listed URL. */
export interface Mix {
  head: number;
  range: number;
  conditional: number;
  /** Requests of the plain URL, without `?v=`. */
  unversioned: number;
}

interface Asked {
  kind: 'get' | 'head' | 'range' | 'conditional';
  /** First and last byte of a range. */
  from: number;
  to: number;
  isUnversioned: boolean;
}

/** The edge promises that a replaced file is new within this time. */
const STALE_BOUND_MS = 5_000;

/** One view of an image. Popular images are viewed more often. */
export function createView(run: Run, mix: Mix): (number: number) => Promise<void> {
  const pick = popularImages(run);
  return async (number) => {
    const random = choices(run, number);
    const { image, viewer } = pick(random);
    const part = random.below(1_000) / 1_000;
    const from = random.below(image.bytes - LONGEST_LINE_BYTES);
    await view(run, image, viewer, {
      kind: kindOf(part, mix),
      from,
      to: from + LONGEST_LINE_BYTES + random.below(image.bytes - LONGEST_LINE_BYTES - from) - 1,
      isUnversioned: random.chance(mix.unversioned),
    });
  };
}

export const WHOLE: Asked = { kind: 'get', from: 0, to: 0, isUnversioned: false };

/** Sends one request of a user who may see the image, and checks the answer byte by byte. */
export async function view(run: Run, image: StoredImage, viewer: Viewer, asked: Asked): Promise<void> {
  const { etag } = currentVersion(image);
  const path = `/users/${image.owner}/${image.name}${asked.isUnversioned ? '' : `?v=${etag.slice(1, -1)}`}`;
  const headers: Record<string, string> = { cookie: viewer.cookie };
  if (asked.kind === 'range') headers['range'] = `bytes=${asked.from}-${asked.to}`;
  if (asked.kind === 'conditional') headers['if-none-match'] = etag;
  const sentMs = performance.now();
  const answer = await run.http.ask(path, headers, asked.kind === 'head' ? 'HEAD' : 'GET');
  count(run, answer);
  const fault = faultOf(image, asked, answer, sentMs);
  if (fault) run.recorder.fault(fault[0], `${path}: ${fault[1]}`);
}

export function count({ recorder }: Run, { status, body, ...answer }: Answer): void {
  recorder.request(status, body.length, headerOf(answer, 'x-cache'));
}

/** The fault in an answer to a user who may see the image, if there is one. */
function faultOf(
  image: StoredImage,
  asked: Asked,
  answer: Answer,
  sentMs: number,
): [kind: FaultKind, what: string] | undefined {
  const { status, body } = answer;
  const foreign = foreignOwner(body, image.owner);
  if (foreign !== undefined) return ['crossUserBytes', `bytes of ${foreign}`];
  if (answer.error !== undefined) return ['networkErrors', answer.error];
  const isPart = asked.kind === 'range';
  const wanted = asked.kind === 'conditional' ? [200, 304] : [isPart ? 206 : 200];
  if (!wanted.includes(status)) return ['unexpectedStatuses', `${status} for ${asked.kind}`];
  const version = image.versions.find(({ etag }) => etag === headerOf(answer, 'etag'));
  if (!version) return ['wrongBytes', 'an ETag that no version had'];
  const hasNoBody = asked.kind === 'head' || status === 304;
  const whole = contentOf(image, version.number);
  const right = hasNoBody ? Buffer.alloc(0) : isPart ? whole.subarray(asked.from, asked.to + 1) : whole;
  if (!right.equals(body)) return ['wrongBytes', `${body.length} bytes that are not the file's`];
  const replacedForMs = sentMs - version.supersededMs;
  if (replacedForMs <= STALE_BOUND_MS) return undefined;
  return ['staleBeyondBound', `it was replaced ${Math.round(replacedForMs)} ms before it was asked for`];
}

function kindOf(part: number, { head, range, conditional }: Mix): Asked['kind'] {
  if (part < head) return 'head';
  if (part < head + range) return 'range';
  return part < head + range + conditional ? 'conditional' : 'get';
}
