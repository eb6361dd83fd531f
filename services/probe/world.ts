import { createHash, randomBytes } from 'node:crypto';
import type { ObjectStore, SignedPut } from '../auth/domain/file-ports.ts';
import type { Signer } from '../auth/domain/ports.ts';
import { parseUserId, type UserId } from '../auth/domain/user-id.ts';
import { type Answer, type AskOptions, createAsker } from './asker.ts';
import { KINDS, type Kind, type Pair, secondsFromNow, shown, signPolicy } from './credentials.ts';
import type { EdgeFunctions } from './edge-functions.ts';
import { ForeignByteError } from './question.ts';

/** What an operator can do to a deployment: sign, upload, revoke, as `gateway` and the service do. */
export interface Operator {
  appOrigin: string;
  filesOrigin: string;
  signer: Signer;
  presignUpload: ObjectStore['presignUpload'];
  /** Ends all that the user has, at the edge too. */
  revoke(userId: UserId): Promise<void>;
  /** As the service does for as many people at once; how it went, in words. */
  signOutAtOnce(userIds: UserId[]): Promise<{ told: number; words: string }>;
  /** 50 writes at once to one key of the KeyValueStore; how each ended. */
  writeAtOnce(key: UserId): Promise<string>;
  putEntry(key: UserId, entry: string): Promise<void>;
  /** The error of a delete of a key that is not there; undefined where it is none. */
  deleteMissingKey(): Promise<string | undefined>;
  /** CloudFront's own test of the deployed functions; undefined where there is none. */
  edgeFunctions?: EdgeFunctions | undefined;
  /** Every file, and what the stores have. */
  remove(userId: UserId): Promise<void>;
  /** What the stores have of users without files. */
  removeRecords(userIds: UserId[]): Promise<void>;
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
  /** An answer that came another way. @throws ForeignByteError as `ask` does */
  looked(answer: Answer): Answer;
  /** As the service signs an upload. */
  presign(key: string, content: string, replace?: boolean): Promise<SignedPut>;
  /** @param content may be another one than was signed */
  send(put: SignedPut, content: Pick<AskOptions, 'body' | 'parts' | 'timeoutMs'>): Promise<Answer>;
  put(user: ProbeUser, content: string, replace?: boolean): Promise<Answer>;
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
 * @param say for whoever started it
 * @param signal ends what is under way
 */
export async function withWorld<T>(
  operator: Operator,
  options: Pick<World, 'figure' | 'isWatching' | 'signal'> & { say(line: string): void },
  use: (world: World) => Promise<T>,
): Promise<T> {
  const { signal, say, ...rest } = options;
  const asker = createAsker(operator.filesOrigin, signal);
  const sign = (resource: string, condition = dates()) => signPolicy(operator.signer, resource, condition);
  const newUser = async (): Promise<ProbeUser> => {
    const id = newUserId();
    const marker = randomBytes(16).toString('hex');
    const folder = await sign(`${operator.filesOrigin}/users/${id}/*`);
    return { id, marker, path: `/users/${id}/a.txt`, folder };
  };
  const [alice, bob] = [await newUser(), await newUser()];
  const world: World = {
    ...rest,
    ...{ signal, operator, alice, bob, sign },
    looked(answer) {
      if (answer.body.includes(bob.marker)) throw new ForeignByteError('of Bob');
      return answer;
    },
    ask: async (target, asked) => world.looked(await asker.ask(target, asked)),
    show(target, pairs, kind, asked = {}) {
      const request = shown(target, pairs, kind);
      return world.ask(request.target, { ...asked, headers: { ...asked.headers, ...request.headers } });
    },
    presign: (key, content, replace = false) =>
      operator.presignUpload({
        ...{ key, replace, type: 'text/plain', size: Buffer.byteLength(content) },
        sha256: createHash('sha256').update(content).digest('hex'),
      }),
    async send({ url, headers }, content) {
      const { origin, pathname, search } = new URL(url);
      const bucket = createAsker(origin, signal);
      return await bucket
        .ask(pathname + search, { method: 'PUT', headers, ...content })
        .finally(() => bucket.close());
    },
    put: async ({ path }, content, replace) =>
      await world.send(await world.presign(path.slice(1), content, replace), { body: content }),
    wait: (milliseconds) => pause(milliseconds, signal),
  };
  say(`its users are ${alice.id} and ${bob.id}`);
  const made: UserId[] = [];
  try {
    for (const user of [alice, bob]) {
      made.push(user.id);
      const { status } = await world.put(user, `probe ${user.marker}`).catch((error: unknown) => {
        if (isOutOfReach(error)) made.pop();
        throw error;
      });
      if (status !== 200) throw new ProbeError(`the bucket does not take an upload (${status})`);
    }
    return await use(world);
  } finally {
    asker.close();
    for (const id of made) await remove(operator, id, say);
  }
}

/** Nothing was sent. */
function isOutOfReach(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E(?:CONNREFUSED|NOTFOUND)$/.test(String(error.code));
}

async function remove(operator: Operator, id: UserId, say: (line: string) => void): Promise<void> {
  try {
    await operator.remove(id);
  } catch {
    say(
      `not everything of the throw-away user ${id} could be removed. To do: npm run gateway -- forget ${id} --yes`,
    );
  }
}

export function newUserId(): UserId {
  return parseUserId(`probe-${randomBytes(10).toString('hex')}`);
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
