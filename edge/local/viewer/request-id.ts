import { randomFillSync } from 'node:crypto';

const ID_BYTES = 40;
const pool = Buffer.alloc(512 * ID_BYTES);
let used = pool.length;

/** A new id of the length that CloudFront's have. Random bytes are cheap by the kilobyte only. */
export function randomRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}
