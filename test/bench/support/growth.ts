import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { parseEpochSeconds } from '../../../core/epoch-seconds.ts';
import { userOwner } from '../../../core/owner.ts';
import { folderPolicy } from '../../../core/policy.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { createObjectStore } from '../../../services/auth/adapters/files.ts';
import { createKeySigner } from '../../../services/auth/adapters/key-signer.ts';
import { createPutPresigner } from '../../../services/auth/adapters/put-presigner.ts';
import type { StoredObject } from '../../../services/local/s3/bucket.ts';
import { createDataFiles, openRecords } from '../../../services/local/s3/data-files.ts';
import {
  ALICE,
  bindingsFor,
  cookiesOf,
  EC,
  NOW_EPOCH,
  ORIGIN,
  TEMPLATE,
} from '../../edge/local/support/edge.ts';
import { startStandIn } from '../../edge/local/support/stand-in.ts';
import { BUCKET, ROLE, s3Client, startS3 } from '../../services/local/support/local-s3.ts';
import { type Server, serverOf } from './server.ts';

/** The cost at one size: rounds of one measurement. */
export interface Step {
  size: string;
  /** The size as a number. */
  at: number;
  rounds: number[];
}

/** A cost that is measured while something grows. The smallest size comes first. */
export interface Curve {
  name: string;
  unit: 'µs' | 'MB';
  /** The thing that grows, such as files. */
  of: string;
  steps: Step[];
  /** From this size on the curve must be flat: each step is compared with the one before it. */
  flat?: { from: number; atMost: number };
}

const FOLDER_SIZES = [100, 1_000, 10_000, 100_000];
const FOLDER_ROUNDS = 31;
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
  for (const size of FOLDER_SIZES) {
    for (let index = 0; index < size; index++) records.set(keyOf(size, index), EMPTY);
  }
  const { store, port } = await startS3({ directory });
  const s3 = s3Client(port, ROLE);
  try {
    const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
    const objects = createObjectStore({ s3, bucketName: BUCKET, presigner });
    const rounds = new Map(FOLDER_SIZES.map((size): [number, number[]] => [size, []]));
    for (let round = -1; round < FOLDER_ROUNDS; round++) {
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

const KILOBYTE = 1_024;
const OBJECT_SIZES: [name: string, bytes: number][] = [
  ['1 KB', KILOBYTE],
  ['10 KB', 10 * KILOBYTE],
  ['100 KB', 100 * KILOBYTE],
  ['1 MB', KILOBYTE ** 2],
  ['10 MB', 10 * KILOBYTE ** 2],
  ['100 MB', 100 * KILOBYTE ** 2],
  ['1 GB', KILOBYTE ** 3],
];
const OBJECT_ROUNDS = 3;
/** CPU time is counted in hundredths of a second, so a round takes at least this long. */
const LEAST_CPU_SECONDS = 0.3;

/**
 * CPU time of the local edge for one object, by its size. Objects up to 8 MB come from its cache. The local edge keeps
 * no larger ones, and streams them from the origin each time.
 */
export async function growObject(): Promise<Curve[]> {
  const origin = await startStandIn();
  const chunk = Buffer.alloc(64 * KILOBYTE, 'v');
  origin.answer = async (request, response) => {
    const bytes = Number(/(\d+)\.mp4/.exec(request.url ?? '')?.[1]);
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes, etag: `"${bytes}"` });
    for (let sent = 0; sent < bytes; sent += chunk.length) {
      if (!response.write(chunk.subarray(0, bytes - sent))) await once(response, 'drain');
    }
    response.end();
  };
  const edge = await startEdge({
    template: TEMPLATE,
    bindings: bindingsFor(origin),
    nowMs: NOW_EPOCH * 1_000,
  });
  const pool = new Pool(`http://127.0.0.1:${edge.port}`, { connections: 1 });
  const headers = { host: 'localhost:8080', ...cookiesOf(ALICE) };

  async function cpuMicroseconds(bytes: number): Promise<number> {
    const before = edge.cpuSeconds();
    let count = 0;
    while (edge.cpuSeconds() - before < LEAST_CPU_SECONDS) {
      const { body, statusCode } = await pool.request({
        path: `/users/${ALICE}/${bytes}.mp4`,
        method: 'GET',
        headers,
      });
      let received = 0;
      for await (const part of body) received += part.length;
      if (statusCode !== 200 || received !== bytes)
        throw new Error(`${statusCode}, ${received} of ${bytes} bytes`);
      count++;
    }
    return ((edge.cpuSeconds() - before) * 1_000_000) / count;
  }

  try {
    const steps: Step[] = [];
    for (const [size, bytes] of OBJECT_SIZES) {
      // The first round warms up, and fills the cache.
      await cpuMicroseconds(bytes);
      const rounds: number[] = [];
      for (let round = 0; round < OBJECT_ROUNDS; round++) rounds.push(await cpuMicroseconds(bytes));
      steps.push({ size, at: bytes, rounds });
    }
    return [{ name: 'an object through the local edge, CPU', unit: 'µs', of: 'bytes', steps }];
  } finally {
    await pool.destroy();
    await edge.stop();
    await origin.close();
  }
}

const POLICY_COUNTS = [1_000, 10_000, 100_000, 1_000_000];
const AT_ONCE = 32;
/** The edge remembers fewer policies than these, so its memory must be flat from here. */
const flat = { from: 1_000_000, atMost: 1.2 };
const MEGABYTE = 1_024 * 1_024;

interface EdgeProcess extends Server {
  /** After a garbage collection. */
  memory(): Promise<{ residentMegabytes: number; heapMegabytes: number }>;
}

/** A local edge in a process of its own, at a fixed time. */
export async function startEdge(options: object): Promise<EdgeProcess> {
  const execArgv = ['--expose-gc'];
  const child = fork(new URL('../../edge/local/support/edge-process.ts', import.meta.url), { execArgv });
  child.send(options);
  const [{ port }] = await once(child, 'message');
  return {
    ...serverOf(child, Number(port)),
    async memory() {
      child.send('memory');
      const [{ residentBytes, heapBytes }] = await once(child, 'message');
      return { residentMegabytes: residentBytes / MEGABYTE, heapMegabytes: heapBytes / MEGABYTE };
    },
  };
}

/** Memory and CPU time of the local edge, while every request brings a new policy. */
export async function growPolicies(): Promise<Curve[]> {
  const origin = await startStandIn();
  origin.objects.set(`users/${ALICE}/a.txt`, { body: Buffer.alloc(1_000, 'a'), type: 'text/plain' });
  const edge = await startEdge({
    template: TEMPLATE,
    bindings: bindingsFor(origin),
    nowMs: NOW_EPOCH * 1_000,
  });
  const pool = new Pool(`http://127.0.0.1:${edge.port}`, { connections: AT_ONCE });
  const signer = createKeySigner(EC);
  const expiresAt = parseEpochSeconds(NOW_EPOCH + 900);
  let made = 0;

  async function ask(): Promise<void> {
    const start = parseEpochSeconds(NOW_EPOCH - 3_600 - made++);
    const policy = folderPolicy({
      filesOrigin: ORIGIN,
      owner: userOwner(parseUserId(ALICE)),
      start,
      expiresAt,
    });
    const signed = await signer.sign(policy);
    const cookie = `CloudFront-Policy=${signed.policy}; CloudFront-Signature=${signed.signature}; CloudFront-Key-Pair-Id=${EC.keyPairId}; CloudFront-Hash-Algorithm=SHA256`;
    const headers = { host: 'localhost:8080', cookie };
    const { statusCode, body } = await pool.request({
      path: `/users/${ALICE}/a.txt`,
      method: 'GET',
      headers,
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${statusCode} for policy ${made}`);
  }

  const resident: Step[] = [];
  const heap: Step[] = [];
  const time: Step[] = [];
  try {
    for (const size of POLICY_COUNTS) {
      const [before, from] = [edge.cpuSeconds(), made];
      const worker = async () => {
        while (made < size) await ask();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const name = `${figure(size)} policies`;
      time.push({
        size: name,
        at: size,
        rounds: [((edge.cpuSeconds() - before) * 1_000_000) / (made - from)],
      });
      const { residentMegabytes, heapMegabytes } = await edge.memory();
      resident.push({ size: name, at: size, rounds: [residentMegabytes] });
      heap.push({ size: name, at: size, rounds: [heapMegabytes] });
    }
  } finally {
    await pool.destroy();
    await edge.stop();
    await origin.close();
  }
  return [
    { name: 'memory of the local edge', unit: 'MB', of: 'policies', steps: resident, flat },
    { name: 'heap of the local edge', unit: 'MB', of: 'policies', steps: heap, flat },
    {
      name: 'a request with a new policy, CPU of the local edge',
      unit: 'µs',
      of: 'policies',
      steps: time,
      flat,
    },
  ];
}
