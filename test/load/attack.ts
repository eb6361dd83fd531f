import { ALICE, BOB } from '../edge/function/support/events.ts';
import {
  BEHIND_THE_PREFIX,
  countOf,
  FROM_THE_START,
  type HostilePaths,
  pathAt,
} from '../edge/function/support/isolation-paths.ts';
import type { Random } from '../edge/local/support/fuzz/random.ts';
import { otherSpellings, traversals } from '../edge/local/support/hostile-targets.ts';
import {
  choices,
  currentVersion,
  foreignOwner,
  headerOf,
  popularImages,
  type Run,
  type StoredImage,
} from './choices.ts';
import type { Viewer } from './target.ts';
import { count } from './view.ts';

/** One side of an attack: a user, and one of the user's files. */
interface Side {
  viewer: Viewer;
  image: StoredImage;
}

interface Attack {
  path: string;
  headers: Record<string, string>;
  method?: 'HEAD';
}

const MAX_TOKENS = 5;
/** Characters that a client of HTTP/1.1 does not send in a request line. */
const UNSENDABLE = /[^\u0021-\u00ff]/;

const OWN_HEADERS = ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Path', 'X-Forwarded-Uri'];
const CONDITIONS: Record<string, string>[] = [{ range: 'bytes=0-3' }, { 'if-none-match': '*' }, {}];

const KINDS: ((random: Random, own: Side, foreign: Side) => Attack)[] = [
  (random, own, foreign) => {
    const path = random.pick(traversals(own.viewer.id, foreign.viewer.id, foreign.image.name));
    return { path, headers: { cookie: own.viewer.cookie } };
  },
  (random, own, foreign) => {
    const path = random.pick(otherSpellings(own.viewer.id, foreign.viewer.id, foreign.image.name));
    return { path, headers: { cookie: own.viewer.cookie } };
  },
  (random, own, foreign) => ({
    path: enumerated(random, random.pick([BEHIND_THE_PREFIX, FROM_THE_START]), own, foreign),
    headers: { cookie: own.viewer.cookie },
  }),
  (random, own, foreign) => ({
    path: pathOf(foreign),
    headers: { cookie: own.viewer.cookie, ...random.pick(CONDITIONS) },
    ...(random.chance(0.5) ? { method: 'HEAD' as const } : {}),
  }),
  (_, __, foreign) => ({ path: pathOf(foreign), headers: {} }),
  // The policy of one user, and the signature of the other.
  (_, own, foreign) => ({
    path: pathOf(foreign),
    headers: { cookie: [partOf(foreign, 0), partOf(own, 1), ...partsOf(foreign).slice(2)].join('; ') },
  }),
  (random, own, foreign) => {
    const [one, other] = [own.viewer.cookie, foreign.viewer.cookie];
    const cookie = random.chance(0.5) ? `${one}; ${other}` : `${other}; ${one}`;
    return { path: pathOf(foreign), headers: { cookie } };
  },
  (_, own, foreign) => {
    const query = partsOf(own)
      .map((part) => part.replace('CloudFront-', ''))
      .join('&');
    return { path: `${pathOf(foreign)}?${query}`, headers: {} };
  },
  (random, own, foreign) => ({
    path: pathOf(own),
    headers: { cookie: own.viewer.cookie, [random.pick(OWN_HEADERS)]: pathOf(foreign) },
  }),
  (_, own) => ({
    path: `${pathOf(own)}?response-content-type=text%2Fhtml&versionId=1&acl&list-type=2&prefix=users%2F`,
    headers: { cookie: own.viewer.cookie },
  }),
];

/** One request of a user for a file of another. No answer may hold anything of the other user. */
export function createAttack(run: Run): (number: number) => Promise<void> {
  const pick = popularImages(run);
  const ownerOf = new Map(run.images.map(({ image }) => [currentVersion(image).etag, image.owner]));
  return async (number) => {
    const random = choices(run, number);
    const own = pick(random);
    let foreign = random.pick(run.images);
    while (foreign.viewer === own.viewer) foreign = random.pick(run.images);
    const { path, headers, method } = random.pick(KINDS)(random, own, foreign);
    if (UNSENDABLE.test(path)) return;
    const answer = await run.http.ask(path, headers, method);
    count(run, answer);
    run.recorder.tally('attacks');
    const { id } = own.viewer;
    const owner = foreignOwner(answer.body, id) ?? ownerOf.get(headerOf(answer, 'etag') ?? '') ?? id;
    // Without the query, which may hold a signature. Seed and number make it again.
    const what = `unit ${number}, ${method ?? 'GET'} ${path.split('?')[0]}: ${answer.status}`;
    if (owner !== id) run.recorder.fault('crossUserBytes', `${what}, something of ${owner}`);
    if (answer.error !== undefined) run.recorder.fault('networkErrors', answer.error);
    if (answer.status >= 500) run.recorder.fault('unexpectedStatuses', what);
  };
}

function pathOf({ viewer, image }: Side): string {
  return `/users/${viewer.id}/${image.name}`;
}

/** `CloudFront-Policy=…`, `CloudFront-Signature=…`, `CloudFront-Key-Pair-Id=…` and usually the hash. */
function partsOf({ viewer }: Side): string[] {
  return viewer.cookie.split('; ');
}

function partOf(side: Side, index: number): string {
  return partsOf(side)[index] ?? '';
}

function enumerated(random: Random, paths: HostilePaths, own: Side, foreign: Side): string {
  const path = pathAt(paths, random.below(countOf(paths, MAX_TOKENS)))
    .replaceAll(ALICE, own.viewer.id)
    .replaceAll(BOB, foreign.viewer.id);
  const target = random.chance(0.5) ? path : `${path}/${foreign.image.name}`;
  return target.startsWith('/') ? target : `/${target}`;
}
