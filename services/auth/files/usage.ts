import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey, THUMBNAILS } from '@cloudfront-cookie-gateway/core/file-name';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { MAX_KEYS, type ObjectStore } from '../domain/file-ports.ts';

/** How long a count is good for later uploads. */
const COUNT_LIFETIME_MS = 60_000;

export interface UsedSpace {
  /** The bytes of everything in the folder, thumbnails included. */
  bytes: number;
  files: number;
}

/** How much users' folders hold. All methods throw GatewayError files_unavailable. */
export interface Usage {
  /** Counts by listing. S3 gets one request for each 1,000 objects, one after the other. */
  count(userId: UserId): Promise<UsedSpace>;
  /**
   * Takes space for an object that is about to be signed, or to be made of its parts. A second call for the same key
   * takes only the space that is missing. Without `maxUserBytes` nothing is counted.
   * @throws GatewayError quota_exceeded
   */
  take(userId: UserId, key: string, bytes: number): Promise<void>;
}

interface Count {
  countedAtMs: number;
  counting: Promise<{
    bytes: number;
    /** The bytes that were signed since the count, by key. */
    signed: Map<string, number>;
  }>;
}

export function createUsage(deps: {
  objects: Pick<ObjectStore, 'list'>;
  now: () => number;
  maxUserBytes: number | undefined;
}): Usage {
  const { objects, now, maxUserBytes } = deps;
  /** The counts of the last minute, the oldest first. */
  const counts = new Map<UserId, Count>();

  async function count(userId: UserId): Promise<UsedSpace> {
    const prefix = folderKey(userId);
    const used = { bytes: 0, files: 0 };
    let lastKey: string | undefined = prefix;
    while (lastKey !== undefined) {
      const page = await objects.list({ prefix, after: lastKey, limit: MAX_KEYS });
      for (const { key, size } of page.files) {
        used.bytes += size;
        if (!key.startsWith(prefix + THUMBNAILS)) used.files++;
      }
      ({ lastKey } = page);
    }
    return used;
  }

  /** All calls within the minute share one count, even while the count is under way. */
  function counted(userId: UserId): Count['counting'] {
    const isPast = ({ countedAtMs }: Count) => countedAtMs <= now() - COUNT_LIFETIME_MS;
    for (const [id, known] of counts) {
      if (!isPast(known)) break;
      counts.delete(id);
    }
    const known = counts.get(userId);
    if (known) return known.counting;
    const counting = count(userId).then(({ bytes }) => ({ bytes, signed: new Map<string, number>() }));
    counts.set(userId, { countedAtMs: now(), counting });
    counting.catch(() => counts.delete(userId));
    return counting;
  }

  return {
    count,
    async take(userId, key, bytes) {
      if (maxUserBytes === undefined) return;
      const known = await counted(userId);
      const before = known.signed.get(key) ?? 0;
      const more = Math.max(bytes - before, 0);
      if (known.bytes + more > maxUserBytes) {
        throw new GatewayError('quota_exceeded', {
          detail: `Your files may have ${maxUserBytes} bytes in all. Deleted files may still count for a minute.`,
        });
      }
      // No other request runs between the check above and this line.
      known.bytes += more;
      known.signed.set(key, before + more);
    },
  };
}
