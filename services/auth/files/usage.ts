import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey, THUMBNAILS } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { ObjectStore } from './bucket.ts';
import { MAX_KEYS } from './file.ts';

/** How long a count is good for later uploads. */
const COUNT_LIFETIME_MS = 60_000;

export interface UsedSpace {
  /** The bytes of everything in the folder: files, their thumbnails, and what was deleted or replaced and is kept. */
  bytes: number;
  /** The part of these bytes that was deleted or replaced. */
  keptBytes: number;
  /** The number of the files that are there. */
  files: number;
}

interface Count {
  countedAtMs: number;
  counting: Promise<{
    bytes: number;
    /** The bytes that were signed since the count, by key or upload. */
    signed: Map<string, number>;
  }>;
}

/** Counts a folder whose bucket keeps nothing that was deleted or replaced, by listing it. */
export async function countListed(objects: Pick<ObjectStore, 'list'>, owner: Owner): Promise<UsedSpace> {
  const prefix = folderKey(owner);
  const used = { bytes: 0, keptBytes: 0, files: 0 };
  let lastKey: string | undefined = prefix;
  while (lastKey !== undefined) {
    const page = await objects.list({ prefix, after: lastKey, limit: MAX_KEYS });
    for (const { key, size } of page.files) {
      used.bytes += size;
      if (isFile(key, prefix)) used.files++;
    }
    ({ lastKey } = page);
  }
  return used;
}

/** Whether a key of a folder is that of a file, and neither a thumbnail nor the marker of an empty folder. */
export function isFile(key: string, prefix: string): boolean {
  return !key.startsWith(prefix + THUMBNAILS) && !key.endsWith('/');
}

export type Usage = ReturnType<typeof createUsage>;

/** How much folders hold. All methods throw GatewayError files_unavailable. */
export function createUsage(deps: {
  /** S3 gets one request for each 1,000 objects, one after the other. */
  count: (owner: Owner) => Promise<UsedSpace>;
  now: () => number;
  /** Whether the bucket keeps what is replaced or deleted. */
  keepsVersions: boolean;
  /** The most bytes of a folder, by the kind of its owner. Absent means no limit. */
  maxBytes: Partial<Record<Owner['kind'], number>>;
}) {
  const { count, now, keepsVersions, maxBytes } = deps;
  /** The counts of the last minute by folder, the oldest first. */
  const counts = new Map<string, Count>();
  /** By folder: the count that is under way, and the one after it. */
  const [running, next] = [new Map<string, Promise<UsedSpace>>(), new Map<string, Promise<UsedSpace>>()];

  /** All calls within the minute share one count, even while the count is under way. */
  function counted(owner: Owner): Count['counting'] {
    const isPast = ({ countedAtMs }: Count) => countedAtMs <= now() - COUNT_LIFETIME_MS;
    for (const [folder, known] of counts) {
      if (!isPast(known)) break;
      counts.delete(folder);
    }
    const folder = folderKey(owner);
    const known = counts.get(folder);
    if (known) return known.counting;
    const counting = countTogether(owner).then(({ bytes }) => ({ bytes, signed: new Map<string, number>() }));
    counts.set(folder, { countedAtMs: now(), counting });
    counting.catch(() => counts.delete(folder));
    return counting;
  }

  /**
   * Those who ask while a count is under way share the next one, which sees what was done before they asked.
   * @throws GatewayError files_unavailable
   */
  function countTogether(owner: Owner): Promise<UsedSpace> {
    const folder = folderKey(owner);
    const start = () => {
      next.delete(folder);
      const counting = count(owner).finally(() => running.delete(folder));
      running.set(folder, counting);
      return counting;
    };
    const before = running.get(folder);
    const shared = next.get(folder) ?? (before ? before.then(start, start) : start());
    if (before) next.set(folder, shared);
    return shared;
  }

  return {
    /** Counts anew. S3 gets one request for each 1,000 objects, one after the other. */
    count: countTogether,
    /**
     * Takes space for an object that is about to be signed, or to be made of its parts. Where versions are kept, each
     * write of a name needs space of its own. Otherwise a second call for the same key takes only the space that is
     * missing. Nothing is counted for a kind of owner without a limit.
     * @param uploadId of an upload in parts, which asks when it begins and again when its file is made, and counts once
     * @throws GatewayError quota_exceeded
     */
    async take(owner: Owner, key: string, bytes: number, uploadId?: string): Promise<void> {
      const most = maxBytes[owner.kind];
      if (most === undefined) return;
      const known = await counted(owner);
      const write = keepsVersions ? uploadId : key;
      const before = write === undefined ? 0 : (known.signed.get(write) ?? 0);
      const more = Math.max(bytes - before, 0);
      if (known.bytes + more > most) {
        throw new GatewayError('quota_exceeded', {
          detail: `${owner.kind === 'user' ? 'Your' : "The team's"} files may have ${most} bytes in all. What is kept of deleted and replaced files counts too: empty the trash. It may still count for a minute.`,
        });
      }
      // No other request runs between the check above and this line.
      known.bytes += more;
      if (write !== undefined) known.signed.set(write, before + more);
    },
  };
}
