import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectStore } from '../../../services/auth/adapters/objects.ts';
import { createPutPresigner } from '../../../services/auth/adapters/put-presigner.ts';
import type { StoredObject } from '../../../services/local/s3/bucket.ts';
import { createDataFiles, openRecords } from '../../../services/local/s3/data-files.ts';
import { BUCKET, ROLE, s3Client, startS3 } from '../../services/local/support/local-s3.ts';
import type { Curve, Step } from './growth-curve.ts';

const SIZES = [100, 1_000, 10_000, 100_000];
const ROUNDS = 31;
const EMPTY = {
  pieces: [],
  size: 0,
  etag: '"d41d8cd98f00b204e9800998ecf8427e"',
  lastModifiedMs: 0,
  headers: {},
};

/** The last page of 100 files of a folder, listed as `GET /api/files` lists it at S3. The sizes take turns. */
export async function growFolder(): Promise<Curve[]> {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const records = openRecords<StoredObject>(
    join(directory, 'objects'),
    createDataFiles(join(directory, 'data')),
    () => [],
  );
  const keyOf = (size: number, index: number) => `users/of-${size}/${String(index).padStart(6, '0')}.png`;
  for (const size of SIZES) {
    for (let index = 0; index < size; index++) records.set(keyOf(size, index), EMPTY);
  }
  const { store, port } = await startS3({ directory });
  const s3 = s3Client(port, ROLE);
  try {
    const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
    const objects = createObjectStore({ s3, bucketName: BUCKET, presigner });
    const rounds = new Map(SIZES.map((size): [number, number[]] => [size, []]));
    for (let round = -1; round < ROUNDS; round++) {
      for (const [size, times] of rounds) {
        const after = size > 100 ? { after: keyOf(size, size - 101) } : {};
        const beganMs = performance.now();
        const { files } = await objects.list({ prefix: `users/of-${size}/`, limit: 100, ...after });
        // The first round warms up.
        if (round >= 0) times.push((performance.now() - beganMs) * 1_000);
        if (files.length !== 100) throw new Error(`${files.length} files in a page of ${size}`);
      }
    }
    const steps = [...rounds].map(
      ([size, times]): Step => ({ size: `${figure(size)} files`, at: size, rounds: times }),
    );
    return [
      { name: 'the last page of a list', unit: 'µs', of: 'files', steps, flat: { from: 100_000, atMost: 2 } },
    ];
  } finally {
    s3.destroy();
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

export function figure(value: number): string {
  return value.toLocaleString('en');
}
