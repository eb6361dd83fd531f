import { createHash, randomBytes } from 'node:crypto';
import type { ObjectStore } from '../auth/domain/file-ports.ts';
import type { Signer } from '../auth/domain/ports.ts';
import { parseUserId, type UserId } from '../auth/domain/user-id.ts';
import { type Answer, type AskOptions, createAsker } from './asker.ts';
import { KINDS, type Kind, type Pair, secondsFromNow, shown, signPolicy } from './credentials.ts';
import { ForeignByteError } from './question.ts';

/** What an operator can do to a deployment: sign, upload, revoke, as `gateway` and the service do. */
export interface Operator {
  appOrigin: string;
  filesOrigin: string;
  signer: Signer;
  presignUpload: ObjectStore['presignUpload'];
  /** Ends all that the user has, at the edge too. */
  revoke(userId: UserId): Promise<void>;
  /** 50 writes at once to one key of the KeyValueStore; how each ended. */
  writeAtOnce(key: UserId): Promise<string>;
  /** The error of a delete of a key that is not there; undefined where it is none. */
  deleteMissingKey(): Promise<string | undefined>;
  /** Every file, and what the stores have. */
  remove(userId: UserId): Promise<void>;
}

export interface ProbeUser {
  id: UserId;
  /** In the user's file, and nowhere else. */
  marker: string;
  /** `/users/<id>/a.txt`. */
  path: string;
  /** The service's own policy for the folder. */
  folder: Pair[];
}

export interface World {
  operator: Operator;
  alice: ProbeUser;
  bob: ProbeUser;
  /** Milliseconds that something took; goes into the report. */
  figure(name: string, text: string): void;
  isWatching: boolean;
  /** Ends what is under way. */
  signal: AbortSignal;
  /** As Alice, or as nobody. @throws ForeignByteError where a byte of Bob comes */
  ask(target: string, options?: AskOptions): Promise<Answer>;
  show(target: string, pairs: readonly Pair[], kind: Kind, options?: AskOptions): Promise<Answer>;
  sign(resource: string, condition?: object): Promise<Pair[]>;
  /** @param content other bytes may be sent than were signed */
  put(
    user: ProbeUser,
    content: string | { signed: string; sent: string },
    replace?: boolean,
  ): Promise<Answer>;
  wait(milliseconds: number): Promise<void>;
}

/** An hour ago, as the service begins its sessions, and in a quarter of an hour. */
export function dates(): object {
  return {
    DateLessThan: { 'AWS:EpochTime': secondsFromNow(900) },
    DateGreaterThan: { 'AWS:EpochTime': secondsFromNow(-3_600) },
  };
}

/**
 * Two throw-away users with a file each, for as long as `use` takes; then nothing is left of them, also where it fails.
 * @param signal ends what is under way
 */
export async function withWorld<T>(
  operator: Operator,
  options: { figure: World['figure']; isWatching: boolean; signal: AbortSignal },
  use: (world: World) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  const asker = createAsker(operator.filesOrigin, signal);
  const sign = (resource: string, condition = dates()) => signPolicy(operator.signer, resource, condition);
  const newUser = async (): Promise<ProbeUser> => {
    const id = parseUserId(`probe-${randomBytes(10).toString('hex')}`);
    const marker = randomBytes(16).toString('hex');
    const folder = await sign(`${operator.filesOrigin}/users/${id}/*`);
    return { id, marker, path: `/users/${id}/a.txt`, folder };
  };
  const [alice, bob] = [await newUser(), await newUser()];
  const world: World = {
    ...options,
    operator,
    alice,
    bob,
    sign,
    async ask(target, asked) {
      const answer = await asker.ask(target, asked);
      if (answer.body.includes(bob.marker)) throw new ForeignByteError(target);
      return answer;
    },
    show(target, pairs, kind, asked = {}) {
      const request = shown(target, pairs, kind);
      return world.ask(request.target, { ...asked, headers: { ...asked.headers, ...request.headers } });
    },
    async put(user, content, replace = false) {
      const { signed, sent } = typeof content === 'string' ? { signed: content, sent: content } : content;
      const { url, headers } = await operator.presignUpload({
        key: user.path.slice(1),
        size: Buffer.byteLength(signed),
        type: 'text/plain',
        sha256: createHash('sha256').update(signed).digest('hex'),
        replace,
      });
      const { origin, pathname, search } = new URL(url);
      const bucket = createAsker(origin, signal);
      return await bucket
        .ask(pathname + search, { method: 'PUT', headers, body: sent })
        .finally(() => bucket.close());
    },
    wait: (milliseconds) => pause(milliseconds, signal),
  };
  try {
    for (const user of [alice, bob]) {
      const { status } = await world.put(user, `probe ${user.marker}`);
      if (status !== 200) throw new ProbeError(`the bucket does not take an upload (${status})`);
    }
    return await use(world);
  } finally {
    asker.close();
    const removed = await Promise.allSettled([alice, bob].map(({ id }) => operator.remove(id)));
    if (removed.some(({ status }) => status === 'rejected')) {
      options.figure('not everything of these users could be removed', `${alice.id}, ${bob.id}`);
    }
  }
}

/** Why the probe could not run, for whoever started it. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** The first way of showing a credential to which the answer says something. */
export async function eitherWay<T>(look: (kind: Kind) => Promise<T | undefined>): Promise<T | undefined> {
  for (const kind of KINDS) {
    const found = await look(kind);
    if (found !== undefined) return found;
  }
  return undefined;
}
