import { createHash, randomBytes } from 'node:crypto';
import type { Signer } from '../../../core/signed-policy.ts';
import { parseUserId, type UserId } from '../../../core/user-id.ts';
import type { ObjectStore, SignedPut } from '../../auth/domain/file-ports.ts';
import { type Answer, type AskOptions, createAsker } from './asker.ts';
import { KINDS, type Kind, type Pair, secondsFromNow, shown, signPolicy } from './credentials.ts';
import type { EdgeFunctions } from './edge-functions.ts';
import { ForeignByteError, isOutOfReach } from './question.ts';

/** The operator's means: to sign, upload and revoke, as `gateway` and the service do. */
export interface Operator {
  appOrigin: string;
  filesOrigin: string;
  signer: Signer;
  presignUpload: ObjectStore['presignUpload'];
  /** Ends all sessions and shares of the user, at the edge too. */
  revoke(userId: UserId): Promise<void>;
  /** Signs users out all at once, as the service does. `words` describes how it went. */
  signOutAtOnce(userIds: UserId[]): Promise<{ told: number; words: string }>;
  /** Writes 50 times at once to one key of the KeyValueStore. Returns how the writes ended. */
  writeAtOnce(key: UserId): Promise<string>;
  putEntry(key: UserId, entry: string): Promise<void>;
  /** Deletes a key that does not exist. Returns the error's name; undefined if there was no error. */
  deleteMissingKey(): Promise<string | undefined>;
  /** CloudFront's own test of the deployed functions; undefined if there is none. */
  edgeFunctions?: EdgeFunctions | undefined;
  /** Removes every file of the user, and all records of the user in the stores. */
  remove(userId: UserId): Promise<void>;
  /** Removes the records of users who have no files. */
  removeRecords(userIds: UserId[]): Promise<void>;
}

export interface ProbeUser {
  id: UserId;
  /** A text in the user's file, and nowhere else. */
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
  /** Adds a measured figure to the report, such as a time. */
  figure(name: string, text: string): void;
  isWatching: boolean;
  /** Ends the requests that are under way. */
  signal: AbortSignal;
  /**
   * Asks with the given headers only.
   * @throws ForeignByteError if a byte of Bob's file comes
   */
  ask(target: string, options?: AskOptions): Promise<Answer>;
  show(target: string, pairs: readonly Pair[], kind: Kind, options?: AskOptions): Promise<Answer>;
  sign(resource: string, condition?: object): Promise<Pair[]>;
  /**
   * Checks an answer that came another way.
   * @throws ForeignByteError as `ask` does
   */
  looked(answer: Answer): Answer;
  /** Signs an upload as the service does. */
  presign(key: string, content: string, replace?: boolean): Promise<SignedPut>;
  /** @param content may differ from the signed content */
  send(put: SignedPut, content: Pick<AskOptions, 'body' | 'parts' | 'timeoutMs'>): Promise<Answer>;
  put(user: ProbeUser, content: string, replace?: boolean): Promise<Answer>;
  wait(milliseconds: number): Promise<void>;
}

/** Valid from an hour ago, like the service's session starts, to a quarter of an hour from now. */
export function dates(): object {
  return {
    DateLessThan: { 'AWS:EpochTime': secondsFromNow(900) },
    DateGreaterThan: { 'AWS:EpochTime': secondsFromNow(-3_600) },
  };
}

/**
 * Makes two throw-away users with a file each, for as long as `use` takes. Afterwards nothing is left of them, even
 * after a failure.
 * @param say tells the person who started the probe
 * @param signal ends the requests that are under way
 * @returns what `use` returned, and the users who could not be removed
 */
export async function withWorld<T>(
  operator: Operator,
  options: Pick<World, 'figure' | 'isWatching' | 'signal'> & { say(line: string): void },
  use: (world: World) => Promise<T>,
): Promise<{ seen: T; left: UserId[] }> {
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

export function newUserId(): UserId {
  return parseUserId(`probe-${randomBytes(10).toString('hex')}`);
}

/** The reason why the probe could not run, for the person who started it. */
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

/** Tries cookies, then the query. Returns the first result that is not undefined. */
export async function eitherWay<T>(look: (kind: Kind) => Promise<T | undefined>): Promise<T | undefined> {
  for (const kind of KINDS) {
    const found = await look(kind);
    if (found !== undefined) return found;
  }
  return undefined;
}
