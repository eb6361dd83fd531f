import { AsyncLocalStorage } from 'node:async_hooks';
import { DeleteObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { GatewayError } from '../../../../../core/errors.ts';
import { createObjectStore } from '../../../../../services/auth/files/bucket.ts';
import type { UploadRecord } from '../../../../../services/auth/files/file.ts';
import { createMultipartStore } from '../../../../../services/auth/files/multipart.ts';
import { createUploads } from '../../../../../services/auth/files/multipart-uploads.ts';
import { createShares } from '../../../../../services/auth/shares/shares.ts';
import type { Clock } from '../../../../../services/auth/table/clock.ts';
import type { Stores } from '../../../../../services/auth/table/stores.ts';
import type { CopyDeps } from '../../../../../services/mover/copy.ts';
import { createVersionStore } from '../../../../../services/mover/version-store.ts';
import type { MemoryStores } from '../../../auth/support/memory-stores.ts';
import type { Owner, VirtualTime } from '../../../auth/support/model/virtual-time.ts';
import type { MemoryS3 } from './memory-s3.ts';

/** What a call can meet. */
const FATES = ['fails', 'answer lost', 'takes effect late', 'repeated', 'dies before', 'dies after'] as const;
type Fate = (typeof FATES)[number] | 'done';

/** A content above this size is copied in parts. It is that of one signed PUT. */
export const LARGE_BYTES = 16 * 1_024 * 1_024;
const nothing = async () => {};
/** The model is one of names. What is known of a file beside them counts for nothing there. */
export const NO_DETAILS = {
  ...{ signing: nothing, made: nothing, copied: nothing },
  ...{ gone: nothing, goneForEver: nothing, restored: nothing, moved: nothing },
  movedAway: async () => new Set<string>(),
};
const SIZES = { copy: LARGE_BYTES, part: 5 * 1_024 * 1_024 };

export interface World {
  time: VirtualTime;
  memory: MemoryStores;
  s3: MemoryS3;
  /** Terms of uploads in parts. */
  records: Map<string, UploadRecord>;
  random: () => number;
  /** The share of calls that meet a fault, and the share that is slow; 0 to 1. */
  faultRate: number;
  slowRate: number;
  trace: (what: string) => void;
  /** The operations whose deletion was sent twice. */
  sentTwice: Set<number | undefined>;
  /** Lets time go on for a while, at most so many milliseconds. */
  pause: (mostMs: number) => Promise<void>;
  /** The content of a file by its ETag. */
  contentOf: (etag: string) => string;
}

/** Making a client takes longer than most of what a process does. */
const CLIENT = new S3Client({
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 's' },
});

/** The number of the operation that a call is made for. */
export const doer = new AsyncLocalStorage<number>();

export type Process = ReturnType<typeof createProcess>;

/** One process. Each of its calls of S3 and of the table is delayed, or fails, or is its last one. */
export function createProcess(world: World, name: string) {
  const { time, memory, random, trace } = world;
  const owner: Owner = { isDead: false, frozenUntilMs: 0 };

  function fateOf(mayRepeat: boolean): Fate {
    if (random() >= world.faultRate) return 'done';
    const fate = FATES[Math.floor(random() * FATES.length)] ?? 'done';
    return fate === 'repeated' && !mayRepeat ? 'answer lost' : fate;
  }

  function delay(): number {
    if (random() >= world.slowRate) return random() * (random() < 0.8 ? 20 : 200);
    return random() * ([1_000, 5_000, 30_000][Math.floor(random() * 3)] ?? 0);
  }

  /** @param effect happens at once when it is called */
  function call<T>(
    what: string,
    effect: (attempt: number) => T,
    fault: () => unknown,
    mayRepeat = false,
  ): Promise<T> {
    const by = doer.getStore();
    return new Promise<T>((resolve, reject) => {
      if (owner.isDead) return;
      const fate = fateOf(mayRepeat);
      const die = () => {
        owner.isDead = true;
        trace(`${name} dies`);
      };
      if (fate === 'dies before') return die();
      const take = (attempt = 1): (() => void) => {
        try {
          const value = effect(attempt);
          trace(`${name} (${by}) ${what}: ${fate}`);
          return () => resolve(value);
        } catch (error) {
          trace(`${name} (${by}) ${what}: ${fate}, ${error instanceof Error ? error.name : ''}`);
          return () => reject(error);
        }
      };
      const answer = (give: () => void) => void time.after(delay(), owner, give);
      time.after(delay(), undefined, () => {
        if (fate === 'fails') return answer(() => reject(fault()));
        if (fate === 'takes effect late') {
          time.after(delay() + random() * 5_000, undefined, () => void take());
          return answer(() => reject(fault()));
        }
        const give = take();
        if (fate === 'dies after') return die();
        if (fate === 'answer lost') return answer(() => reject(fault()));
        answer(fate === 'repeated' ? take(2) : give);
      });
    });
  }

  const s3: S3Client = Object.assign(Object.create(CLIENT), {
    send: (command: { constructor: { name: string }; input: { Key?: string; IfMatch?: string } }) => {
      const { Key = '', IfMatch } = command.input;
      const by = doer.getStore();
      // The SDK sends a request again whose answer was lost. A copy does not notice it, and its own answer is lost too.
      const mayRepeat = command instanceof DeleteObjectCommand && IfMatch !== undefined;
      const ask = (attempts: number) => {
        if (attempts > 1) world.sentTwice.add(by);
        try {
          return world.s3.send(command, by);
        } catch (error) {
          if (error instanceof S3ServiceException) Object.assign(error.$metadata, { attempts });
          throw error;
        }
      };
      return call(`${command.constructor.name} ${Key}`, ask, () => new Error('no answer of S3'), mayRepeat);
    },
  });
  const table = <A extends unknown[], T>(what: string, method: (...given: A) => Promise<T>) => {
    return async (...given: A) => {
      const fault = () => new GatewayError('store_unavailable');
      return call(`${what} ${JSON.stringify(given[0])}`, () => method(...given), fault);
    };
  };

  const clock: Clock = {
    now: time.now,
    monotonicMs: time.now,
    sleep: (ms) => new Promise((resolve) => void time.after(ms, owner, resolve)),
  };
  const { records } = world;
  const uploadStore: Stores['uploads'] = {
    create: table('creates the upload', async (id, upload) => void records.set(id, upload)),
    read: table('reads the upload', async (id: string) => records.get(id)),
    update: table('notes the upload', async (id: string, change: Partial<UploadRecord>) => {
      const known = records.get(id);
      if (known) records.set(id, { ...known, ...change });
    }),
  };
  const presigner = {
    bucketUrl: 'https://bucket.example/',
    // The address says what was signed.
    presign: async (signed: { headers?: Record<string, string> }) => ({
      ...{ url: JSON.stringify(signed), headers: signed.headers ?? {} },
      expiresAt: new Date(time.now() + 60_000),
    }),
  };
  const bucket = { s3, bucketName: 'bucket', presigner };
  const objects = createObjectStore(bucket);
  const usage = { take: async () => {} };
  const deps: CopyDeps = {
    users: { read: table('reads', memory.users.read), write: table('writes', memory.users.write) },
    teams: {
      ...memory.teams,
      read: table('reads the team', memory.teams.read),
      write: table('writes the team', memory.teams.write),
    },
    ...{ clock, clockGuard: { check: () => {} }, usage, details: NO_DETAILS },
    moves: { read: async () => undefined, finish: async () => {} },
    store: createVersionStore({ s3, bucketName: 'bucket' }, SIZES),
    teller: { tell: async () => 'told', tellTeam: async () => 'told' },
  };
  const uploads = createUploads({
    ...{ records: uploadStore, multipart: createMultipartStore(bucket), objects, usage },
    details: NO_DETAILS,
    nowEpoch: time.nowEpoch,
  });
  return { name, owner, deps, objects, uploads, shares: createShares(deps) };
}
