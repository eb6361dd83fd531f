import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ObjectStore } from '@cloudfront-cookie-gateway/auth/files/bucket';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type Answer, type AskOptions, createAsker, outcomeOf } from './asker.ts';
import { KINDS, type Kind, type Pair, shown, signPolicy, withBadSignature } from './credentials.ts';
import type { KeyValuePlace } from './key-values.ts';
import { ForeignByteError, isOutOfReach, type Seen } from './run.ts';

/** The operator's means: to sign, upload and revoke, as `gateway` and the service do. */
export interface Operator {
  appOrigin: string;
  filesOrigin: string;
  signer: Signer;
  presignUpload: ObjectStore['presignUpload'];
  /** Whether a file is served only after a scan. */
  isScanned?: boolean;
  /** Ends all sessions and shares of the user, at the edge too. */
  revoke(userId: UserId): Promise<void>;
  /** The KeyValueStore, with a client that does not retry. */
  keyValues: KeyValuePlace;
  /** Opens a deployed function for CloudFront's own test; undefined if there is none. */
  deployedFunction?: ((type: EventType) => Promise<RunFunction>) | undefined;
  /** Removes every file of the user, and all records of the user in the stores. */
  remove(userId: UserId): Promise<void>;
}

export type EventType = 'viewer-request' | 'viewer-response';

/** CloudFront's report of one call of TestFunction. */
export interface Tested {
  /** The share of the allowed time that the function used, in percent. */
  utilization: number;
  /** Empty if the call ended well. */
  error: string;
  /** Whether the function let the request through, or refused it. */
  outcome: string;
}

/** A function, and the event that it is called with. */
export type RunFunction = (event: object) => Promise<Tested>;

export interface ProbeUser {
  id: UserId;
  /** A text in the user's file, and nowhere else. */
  marker: string;
  /** `/users/<id>/a.txt`. */
  path: string;
  /** The service's own policy for the folder. */
  credential: Pair[];
}

/** A viewer of any distribution, with a folder behind CloudFront's signature check, and a file in it. */
export interface Viewer {
  /** The origin that viewers type. */
  origin: string;
  /** The folder's path, without a slash at its end. */
  folder: string;
  file: string;
  /** The file's path, by dot segments from another folder. */
  detour: string;
  /** It opens the folder. */
  credential: readonly Pair[];
  /** A header that only the response headers policy sets. */
  policyHeader: string;
  /** Some emulators have no API for it. */
  keyValues: KeyValuePlace | undefined;
  /** A key that is removed at the end. */
  ownKey: string;
  figure(name: string, text: string): void;
  wait(milliseconds: number): Promise<unknown>;
  /** Asks with the given headers only. */
  ask(target: string, options?: AskOptions): Promise<Answer>;
  /** Asks for the target's bytes with a credential. */
  show(target: string, pairs: readonly Pair[], kind: Kind, options?: AskOptions): Promise<Answer>;
  /** Signs any policy with the folder's key. */
  sign(resource: string, condition?: object): Promise<Pair[]>;
  /**
   * Whether CloudFront's own check accepts a credential; undefined if the answer does not show it.
   * @param kind if it is not given, the first way that shows it
   */
  takes(target: string, pairs: readonly Pair[], kind?: Kind): Promise<boolean | undefined>;
  /** Whether the functions do not see a credential that is sent in this way. */
  isHidden(kind: Kind): Promise<boolean | undefined>;
  /** Looks with each way that shows something. */
  byKind(look: (kind: Kind) => Promise<Seen | undefined>): Promise<Seen | undefined>;
}

/**
 * The deployed design, with two users. Alice is the viewer. `ask` and `show` throw ForeignByteError if a byte of Bob's
 * file comes.
 */
export type World = ReturnType<typeof createWorld>;

export interface WorldOptions {
  figure: Viewer['figure'];
  isWatching: boolean;
  /** Ends the requests that are under way. */
  signal: AbortSignal;
  /** Tells the person who started the probe. */
  say(line: string): void;
}

/**
 * Makes two throw-away users with a file each, for as long as `use` takes. Afterwards nothing is left of them, even
 * after a failure.
 * @returns what `use` returned, and the users who could not be removed
 */
export async function withWorld<T>(
  operator: Operator,
  options: WorldOptions,
  use: (world: World) => Promise<T>,
): Promise<{ seen: T; left: UserId[] }> {
  const { say } = options;
  const asker = createAsker(operator.filesOrigin, options.signal);
  const [alice, bob] = [await newUser(operator), await newUser(operator)];
  const world = createWorld(operator, options, asker.ask, { alice, bob });
  say(`its users are ${alice.id} and ${bob.id}`);
  const made: UserId[] = [];
  const left: UserId[] = [];
  try {
    for (const user of [alice, bob]) {
      made.push(user.id);
      const { status } = await world.put(user, `probe ${user.marker}`).catch((error: unknown) => {
        if (isOutOfReach(error)) made.pop();
        throw error;
      });
      if (status !== 200) throw new ProbeError(`the bucket does not take an upload (${status})`);
    }
    return { seen: await use(world), left };
  } finally {
    asker.close();
    for (const id of made) if (!(await isRemoved(operator, id, say))) left.push(id);
  }
}

function createWorld(
  operator: Operator,
  { figure, isWatching, signal }: WorldOptions,
  unlooked: Viewer['ask'],
  { alice, bob }: Record<'alice' | 'bob', ProbeUser>,
) {
  const folder = `/users/${alice.id}`;
  /** @throws ForeignByteError if a byte of Bob's file comes */
  function looked(answer: Answer): Answer {
    if (answer.body.includes(bob.marker)) throw new ForeignByteError('of Bob');
    return answer;
  }
  const viewer: Viewer = {
    ...{ origin: operator.filesOrigin, folder, file: alice.path, credential: alice.credential },
    detour: `/users/${bob.id}/../${alice.id}/a.txt`,
    policyHeader: 'cross-origin-resource-policy',
    ...{ keyValues: operator.keyValues, ownKey: bob.id, figure },
    wait: (milliseconds) => pause(milliseconds, undefined, { signal }),
    ask: async (target, asked) => looked(await unlooked(target, asked)),
    show(target, pairs, kind, asked = {}) {
      const request = shown(target, pairs, kind);
      return viewer.ask(request.target, { ...asked, headers: { ...asked.headers, ...request.headers } });
    },
    sign: (resource, condition) => signPolicy(operator.signer, resource, condition),
    async takes(target, pairs, kind) {
      if (kind === undefined) return await eitherWay((one) => isTaken(viewer, target, pairs, one));
      return await isTaken(viewer, target, pairs, kind);
    },
    byKind: eitherWay,
    isHidden: (kind) => isHidden(viewer, kind),
  };
  /** Signs an upload as the service does. */
  const presign = (key: string, content: string, replace = false) =>
    operator.presignUpload({
      ...{ key, replace, type: 'text/plain', size: Buffer.byteLength(content) },
      sha256: createHash('sha256').update(content).digest('hex'),
    });
  /** @param body may differ from the signed content */
  async function send({ url, headers }: Awaited<ReturnType<typeof presign>>, body: string): Promise<Answer> {
    const { origin, pathname, search } = new URL(url);
    const bucket = createAsker(origin, signal);
    return await bucket
      .ask(pathname + search, { method: 'PUT', headers, body })
      .finally(() => bucket.close());
  }
  async function put(user: ProbeUser, content: string, replace?: boolean): Promise<Answer> {
    const answer = await send(await presign(user.path.slice(1), content, replace), content);
    if (operator.isScanned && answer.status === 200) await untilServed(user, { ...viewer, ask: unlooked });
    return answer;
  }
  return { ...viewer, operator, alice, bob, isWatching, signal, looked, presign, send, put };
}

/** The longest wait for a scan. AWS names no bound. */
const SCAN_MS = 600_000;

/** Waits until S3 no longer refuses a file that was uploaded. */
export async function untilServed(
  { path, credential }: Pick<ProbeUser, 'path' | 'credential'>,
  { ask, wait }: Pick<Viewer, 'ask' | 'wait'>,
): Promise<void> {
  const began = Date.now();
  const isRefused = async (kind: Kind) => {
    const { target, headers } = shown(path, credential, kind);
    return outcomeOf(await ask(target, { headers })).by === 's3';
  };
  for (const kind of KINDS) {
    while (await isRefused(kind)) {
      if (Date.now() - began > SCAN_MS) throw new ProbeError('its files were not scanned within ten minutes');
      await wait(1_000);
    }
  }
}

/** Whether CloudFront's own check accepts a credential; undefined if the function answers before that check. */
async function isTaken({ show }: Viewer, target: string, pairs: readonly Pair[], kind: Kind) {
  const { by } = outcomeOf(await show(target, pairs, kind));
  if (by === 'cloudfront') return false;
  if (by !== 'function') return true;
  // The function's answer only counts if CloudFront refuses a bad signature before the function runs.
  const control = await show(target, withBadSignature(pairs), kind);
  return outcomeOf(control).by === 'cloudfront' ? true : undefined;
}

/** A function that can read a policy refuses one that the service did not sign. */
async function isHidden({ file, folder, origin, show, sign }: Viewer, kind: Kind) {
  const wide = await sign(`${origin}${folder}/a*`);
  const { by, code } = outcomeOf(await show(file, wide, kind));
  return by === 'cloudfront' ? undefined : code !== 'policy_not_ours';
}

async function newUser({ filesOrigin, signer }: Operator): Promise<ProbeUser> {
  const id = parseUserId(`probe-${randomBytes(10).toString('hex')}`);
  const marker = randomBytes(16).toString('hex');
  const credential = await signPolicy(signer, `${filesOrigin}/users/${id}/*`);
  return { id, marker, path: `/users/${id}/a.txt`, credential };
}

async function isRemoved(operator: Operator, id: UserId, say: (line: string) => void): Promise<boolean> {
  try {
    await operator.remove(id);
    return true;
  } catch {
    say(
      `not everything of the throw-away user ${id} could be removed. To do: npm run gateway -- forget ${id} --yes`,
    );
    return false;
  }
}

/** The reason why the probe could not run, for the person who started it. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
}

/** Tries cookies, then the query. Returns the first result that is not undefined. */
export async function eitherWay<T>(look: (kind: Kind) => Promise<T | undefined>): Promise<T | undefined> {
  for (const kind of KINDS) {
    const found = await look(kind);
    if (found !== undefined) return found;
  }
  return undefined;
}
