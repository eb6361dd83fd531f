import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Test } from 'tap';
import {
  type FileList,
  parseJson,
  type SignedInUser,
  type SignedPut,
  sendPut,
  sha256,
  signIn,
} from '../../support/client.ts';
import { rawRequest } from '../../support/raw-request.ts';
import type { TestStack } from '../../support/test-stack.ts';

/** The edge's promise: within this time a replaced file is new, and a deleted file gone. */
const BOUND_MS = 5_000;
const OPERATIONS_A_RUN = 50;
/** The service allows a user 50. Revoked shares count until the edge may forget them. */
const MOST_SHARES = 40;
const SHARE_LIFETIME_MS = 60_000;
const FORGOTTEN_AFTER_MS = 5 * 60_000;
/** A share that is about to end is not opened any more, because this test is not about expiry. */
const SPARE_MS = 10_000;

const NAMES = [
  'a.png',
  'A.png',
  '写真.png',
  'か\u3099.txt',
  'd/x y+z.txt',
  'd/%2e%2e',
  "d/it's (1)!*",
  '&=;@,$',
];

const THUMBNAILS = '.thumbnails/';

/** Other spellings of the part after `/users/<id>/`, for the same file (edge/function/README.md). */
const SPELLINGS: ((path: string) => string)[] = [
  (path) => path,
  (path) => path.replaceAll(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase()),
  (path) => path.replaceAll(/[a-z]\./g, (text) => text.replace('.', '%2E')),
  (path) => path.replaceAll('/', '//'),
  (path) => path.replaceAll('x', '%78').replaceAll('%27', "'").replaceAll('%2B', '+'),
];
const WAYS_OUT = [
  '../',
  '%2e%2e/',
  '..%2f',
  '..%5c',
  './../',
  '%252e%252e/',
  'd/../../',
  '..;/',
  '%c0%ae%c0%ae/',
];

/** Another user's folder is forbidden. A way out is not a path. `%2e%2e` is a name that does not exist. */
function refusalOf(way: string | undefined): number {
  if (way === undefined) return 403;
  return way === '%252e%252e/' ? 404 : 400;
}

const name = fc.constantFrom(...NAMES);
/** A question about a file, or about its thumbnail. */
const either = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 1, arbitrary: name.map((each) => THUMBNAILS + each) },
);
const which = fc.nat();
/** Every other way is the straight one to the other user's folder. */
const way = fc.oneof(fc.constantFrom(...WAYS_OUT), fc.constant(undefined));
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      name,
      padding: fc.nat(3_000),
      replace: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('thumbnail' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('list' as const), prefix: fc.constantFrom('', 'd/') }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('open' as const), name: either }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('spell' as const),
      name: either,
      way: fc.nat(SPELLINGS.length - 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('trespass' as const), name: either, way }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('share' as const), name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open share' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), which }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

/** A content of a file, and its end. A former content may be answered as long as the edge may keep it. */
interface Content {
  /** Undefined if there is no file. */
  text: string | undefined;
  supersededMs: number;
}

interface Share {
  id: string;
  url: string;
  name: string;
  text: string;
  isRevoked: boolean;
  expiresMs: number;
}

/**
 * Two users at once, each with random operations, against a model of their files. Every read must give the last write
 * of that user, or a former one within the edge's bound. Nobody may ever see a byte of the other user.
 * @param count operations of each user
 * @returns what was done and seen, so that a test can check that it happened
 */
export async function twoUsers(t: Test, stack: TestStack, count: number): Promise<Map<string, number>> {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`FC_SEED=${seed}`);
  const alice = await signIn(stack, 'alice');
  const bob = await signIn(stack, 'bob');
  const seen = new Map<string, number>();
  let runs = 0;
  const shares: [Share[], Share[]] = [[], []];
  const operations = fc.array(operation, { minLength: OPERATIONS_A_RUN, maxLength: OPERATIONS_A_RUN });
  await fc.assert(
    fc.asyncProperty(operations, operations, async (ofAlice, ofBob) => {
      // A folder of its own, because a shrunk run starts from nothing as well.
      const folder = `run ${runs++}/`;
      const users = [
        createUser(stack, [alice, bob], folder, shares[0], seen),
        createUser(stack, [bob, alice], folder, shares[1], seen),
      ];
      await Promise.all(
        [ofAlice, ofBob].map(async (all, index) => {
          for (const each of all) await users[index]?.apply(each);
        }),
      );
    }),
    { seed, numRuns: Math.ceil(count / OPERATIONS_A_RUN), endOnFailure: count > 1_000 },
  );
  t.comment(Object.fromEntries(seen));
  const checked = [...seen.values()].reduce((sum, each) => sum + each, 0);
  t.ok(checked > count, `${checked} checks`);
  return seen;
}

function createUser(
  stack: TestStack,
  [self, other]: [SignedInUser, SignedInUser],
  folder: string,
  counting: Share[],
  seen: Map<string, number>,
) {
  const files = new Map<string, Content[]>();
  const shares: Share[] = [];
  const cookie = self.jar.header(`/users/${self.id}/`);
  let writes = 0;

  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const historyOf = (name: string) => files.get(name) ?? [];
  const lastOf = (name: string) => historyOf(name).at(-1)?.text;
  const pathOf = (id: string, rest: string) => `/users/${id}/${rest}`;
  const restOf = (name: string): string =>
    name.startsWith(THUMBNAILS)
      ? THUMBNAILS + restOf(name.slice(THUMBNAILS.length))
      : encode((folder + name).normalize('NFC'));

  function set(name: string, text: string | undefined): void {
    const history = historyOf(name);
    const last = history.at(-1);
    if (last) last.supersededMs = Date.now();
    history.push({ text, supersededMs: Number.POSITIVE_INFINITY });
    files.set(name, history);
  }

  /** The thumbnail goes before its file is replaced or deleted. */
  function dropThumbnail(name: string): void {
    if (lastOf(THUMBNAILS + name) !== undefined) set(THUMBNAILS + name, undefined);
  }

  function check(what: string, isRight: boolean, details: object): void {
    count(what);
    if (!isRight) throw new Error(`${what}: ${JSON.stringify({ user: self.id, folder, ...details })}`);
  }

  function checkOwn(body: string): void {
    if (body.includes(other.id)) throw new Error(`${self.id} sees ${body.slice(0, 200)}`);
  }

  /** Whether an answer of the edge is the file's last content, or a former one that the edge may still keep. */
  function isContent(name: string, cameMs: number, status: number, body: string): boolean {
    if (status !== 200 && status !== 404) return false;
    const text = status === 200 ? body : undefined;
    if (lastOf(name) === text) return true;
    count('former content within the bound');
    return historyOf(name).some((each) => each.text === text && each.supersededMs > cameMs - BOUND_MS);
  }

  async function apply(each: Operation): Promise<void> {
    switch (each.kind) {
      case 'write': {
        const text = `${self.id} ${folder}${each.name} ${writes++} `.padEnd(each.padding, '.');
        const bytes = new TextEncoder().encode(text);
        const isTaken = lastOf(each.name) !== undefined && !each.replace;
        if (each.replace) dropThumbnail(each.name);
        const file = { name: folder + each.name, type: 'text/plain', bytes, replace: each.replace };
        const { status } = await self.upload(file);
        if (isTaken) return check('not overwritten', status === 412, { ...each, status });
        set(each.name, text);
        return check('written', status === 200, { ...each, status });
      }
      case 'delete': {
        const url = `/api/files?name=${encodeURIComponent(folder + each.name)}`;
        dropThumbnail(each.name);
        const { status } = await self.delete(url);
        set(each.name, undefined);
        for (const share of shares) share.isRevoked ||= share.name === each.name;
        return check('deleted', status === 204, { ...each, status });
      }
      case 'thumbnail': {
        const text = `${self.id} ${folder}${each.name} thumbnail ${writes++}`;
        const bytes = new TextEncoder().encode(text);
        const asked = { name: folder + each.name, size: bytes.length, sha256: sha256(bytes) };
        const answer = await self.post('/api/thumbnails', asked);
        if (lastOf(each.name) === undefined)
          return check('no thumbnail of nothing', answer.status === 404, { ...each, status: answer.status });
        const { upload } = await parseJson<{ upload: SignedPut }>(answer);
        const { status } = await sendPut(stack, upload, bytes);
        set(THUMBNAILS + each.name, text);
        return check('thumbnail', status === 200, { ...each, status });
      }
      case 'list': {
        const prefix = encodeURIComponent(folder + each.prefix);
        const answer = await self.request(`${stack.appOrigin}/api/files?prefix=${prefix}&limit=1000`);
        const listed = (await parseJson<FileList>(answer)).files;
        const expected = NAMES.filter((name) => name.startsWith(each.prefix) && lastOf(name) !== undefined)
          .map((name) => ({
            name: (folder + name).normalize('NFC'),
            url: urlOf(name, true),
            ...(lastOf(THUMBNAILS + name) === undefined
              ? {}
              : { thumbnailUrl: urlOf(THUMBNAILS + name, true) }),
          }))
          .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
        const isRight =
          JSON.stringify(listed.map(({ name, url, thumbnailUrl }) => ({ name, url, thumbnailUrl }))) ===
          JSON.stringify(expected);
        return check('listed', isRight, { ...each, listed, expected });
      }
      case 'open': {
        const response = await self.request(urlOf(each.name, true));
        const body = await response.text();
        checkOwn(body);
        const text = lastOf(each.name);
        const isRight =
          text === undefined ? isContent(each.name, Date.now(), response.status, body) : body === text;
        return check(`opened ${response.status}`, isRight, { ...each, status: response.status, body, text });
      }
      case 'spell': {
        const cameMs = Date.now();
        const rest = SPELLINGS[each.way]?.(restOf(each.name)) ?? '';
        const answer = await rawRequest(stack.filesOrigin, pathOf(self.id, rest), { cookie });
        const body = answer.body.toString();
        checkOwn(body);
        const isRight = isContent(each.name, cameMs, answer.status, body);
        return check(`spelt ${answer.status}`, isRight, {
          ...each,
          rest,
          status: answer.status,
          body,
          history: historyOf(each.name),
        });
      }
      case 'trespass': {
        const { way } = each;
        const target = way === undefined ? pathOf(other.id, '') : pathOf(self.id, `${way}${other.id}/`);
        const answer = await rawRequest(stack.filesOrigin, target + restOf(each.name), { cookie });
        checkOwn(answer.head + answer.body.toString().replaceAll(target, ''));
        const isRefused = answer.status === refusalOf(way);
        return check(`refused ${answer.status}`, isRefused, { ...each, status: answer.status });
      }
      case 'share': {
        const text = lastOf(each.name);
        dropForgotten();
        if (counting.length >= MOST_SHARES) return;
        const asked = { name: folder + each.name, expiresIn: SHARE_LIFETIME_MS / 1_000 };
        const expiresMs = Date.now() + SHARE_LIFETIME_MS;
        const response = await self.post('/api/shares', asked);
        if (text === undefined)
          return check('no share of nothing', response.status === 404, { ...each, status: response.status });
        const { id, url } = await parseJson<{ id: string; url: string }>(response);
        const share = { id, url, name: each.name, text, isRevoked: false, expiresMs };
        shares.push(share);
        counting.push(share);
        return check('shared', response.status === 201, { ...each, status: response.status });
      }
      case 'open share': {
        const share = shares[each.which % shares.length];
        if (!share || share.expiresMs - SPARE_MS < Date.now()) return;
        const cameMs = Date.now();
        const response = await fetch(share.url);
        const body = await response.text();
        checkOwn(body);
        const isLast = lastOf(share.name) === share.text;
        const isFormer = isContent(share.name, cameMs, 200, share.text);
        const isRight = share.isRevoked
          ? response.status === 403
          : response.status === 200
            ? body === share.text && (isLast || isFormer)
            : response.status === 410 && body === '' && !isLast;
        return check(`share ${response.status}`, isRight, { ...each, share, status: response.status, body });
      }
      case 'revoke': {
        const share = shares[each.which % shares.length];
        if (!share || share.isRevoked) return;
        const { status } = await self.delete(`/api/shares/${share.id}`);
        share.isRevoked = true;
        return check('revoked', status === 204, { ...each, status });
      }
    }
  }

  function urlOf(name: string, hasVersion: boolean): string {
    const text = lastOf(name);
    const version =
      text === undefined || !hasVersion ? '' : `?v=${createHash('md5').update(text).digest('hex')}`;
    return `${stack.filesOrigin}${pathOf(self.id, restOf(name))}${version}`;
  }

  function dropForgotten(): void {
    const countsUntilMs = ({ expiresMs, isRevoked }: Share) =>
      expiresMs + SPARE_MS + (isRevoked ? FORGOTTEN_AFTER_MS : 0);
    const left = counting.filter((share) => countsUntilMs(share) > Date.now());
    counting.splice(0, counting.length, ...left);
  }

  return { apply };
}

/** RFC 3986, 2.3: all other characters are percent-encoded. */
function encode(name: string): string {
  return encodeURIComponent(name)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
