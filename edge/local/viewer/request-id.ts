import { randomFillSync } from 'node:crypto';

const ID_BYTES = 40;
const pool = Buffer.alloc(512 * ID_BYTES);
let used = pool.length;

/**
 * A new id, as long as CloudFront's ids. It is cut from a pool: each call for random bytes is dear, and the number of
 * bytes costs little.
 */
export function randomRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}
