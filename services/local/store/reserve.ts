import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskFault } from './error.ts';

/** The database needs 8 MB to be opened again, and each record of S3 some kilobytes. */
const RESERVE_BYTES = 12 * 1_024 * 1_024;
/** What must be free beside it before it is made again. */
const SPARE_BYTES = 4 * 1_024 * 1_024;

export type Reserve = ReturnType<typeof createReserve>;

/**
 * A file that is given up once a store finds no space. Nothing is uploaded until it is there again, so that people can
 * sign in and delete files on a full disk.
 */
export function createReserve(file: string) {
  const isThere = () => statSync(file, { throwIfNoEntry: false })?.size === RESERVE_BYTES;
  const give = () => rmSync(file, { force: true });
  return {
    give,
    /** @throws Error ENOSPC */
    require(): void {
      if (isThere()) return;
      const { bavail, bsize } = statfsSync(dirname(file));
      if (bavail * bsize < RESERVE_BYTES + SPARE_BYTES) {
        throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      }
      writeFileSync(file, Buffer.alloc(RESERVE_BYTES), { mode: 0o600, flush: true });
    },
    /** Writes, on a full disk with this room. */
    spend<T>(write: () => T): T {
      try {
        return write();
      } catch (error) {
        if (diskFault(error) === undefined) throw error;
        give();
        return write();
      }
    },
  };
}
