import { once } from 'node:events';
import { join } from 'node:path';
import { Pool } from 'undici';
import { parseEpochSeconds } from '../../../core/epoch-seconds.ts';
import { userOwner } from '../../../core/owner.ts';
import { folderPolicy } from '../../../core/policy.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { createObjectStore } from '../../../services/auth/adapters/files.ts';
import { createKeySigner } from '../../../services/auth/adapters/key-signer.ts';
import { createPutPresigner } from '../../../services/auth/adapters/put-presigner.ts';
import { createDataFiles, openRecords } from '../../../services/local/s3/data-files.ts';
import type { Version } from '../../../services/local/s3/versions.ts';
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
import { atOnce } from '../../support/at-once.ts';
import { startChild } from '../../support/child.ts';
import { cpuSeconds } from '../../support/process-figures.ts';
import { type Teardown, temporaryDirectory } from '../../support/test-stack.ts';
import { amount, inTurns } from './measure.ts';

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

/** @param of what grows, such as files */
export function step(of: string, at: number, rounds: number[]): Step {
  return { size: `${at.toLocaleString('en')} ${of}`, at, rounds };
}

const FOLDER_SIZES = [100, 1_000, 10_000, 100_000].slice(0, amount(4, 2));
const FOLDER_ROUNDS = 31;
const NO_PIECES = { pieces: [], size: 0, etag: '"d41d8cd98f00b204e9800998ecf8427e"' };
const EMPTY = { ...NO_PIECES, lastModifiedMs: 0, headers: {}, versionId: 'null' };

/** The last page of 100 files of a folder, listed as `GET /api/files` lists it at S3. The sizes take turns. */
export async function growFolder(t: Teardown): Promise<Curve[]> {
  const directory = temporaryDirectory(t);
  const data = createDataFiles(join(directory, 'data'));
  const records = openRecords<Version[]>(join(directory, 'objects'), data, { piecesOf: () => [] });
  const keyOf = (size: number, index: number) => `users/of-${size}/${String(index).padStart(6, '0')}.png`;
  for (const size of FOLDER_SIZES) {
    for (let index = 0; index < size; index++) records.set(keyOf(size, index), [EMPTY]);
  }
  const { store, port } = await startS3({ directory });
  t.teardown(() => store.close());
  const s3 = s3Client(port, ROLE);
  t.teardown(() => s3.destroy());
  const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
  const objects = createObjectStore({ s3, bucketName: BUCKET, presigner });
  const listMicroseconds = (size: number) => async () => {
    const after = size > 100 ? { after: keyOf(size, size - 101) } : {};
    const beganMs = performance.now();
    const { files } = await objects.list({ prefix: `users/of-${size}/`, limit: 100, ...after });
    if (files.length !== 100) throw new Error(`${files.length} files in a page of ${size}`);
    return (performance.now() - beganMs) * 1_000;
  };
  const rounds = await inTurns(FOLDER_SIZES.map(listMicroseconds), FOLDER_ROUNDS, 1);
  const steps = FOLDER_SIZES.map((size, index) => step('files', size, rounds[index] ?? []));
  return [
    { name: 'the last page of a list', unit: 'µs', of: 'files', steps, flat: { from: 100_000, atMost: 2 } },
  ];
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
const LEAST_CPU_SECONDS = amount(0.3, 0.02);

/** A local edge in a process of its own, at a fixed time, and an origin in this one. */
async function startEdge(t: Teardown) {
  const origin = await startStandIn();
  t.teardown(() => origin.close());
  const edge = await startChild(
    new URL('../../edge/local/support/edge-process.ts', import.meta.url),
    { template: TEMPLATE, bindings: bindingsFor(origin), nowMs: NOW_EPOCH * 1_000 },
    { execArgv: ['--expose-gc'] },
  );
  t.teardown(edge.stop);
  const pool = new Pool(`http://127.0.0.1:${edge.ready.port}`, { connections: AT_ONCE });
  t.teardown(() => pool.destroy());
  const get = (name: string, headers: Record<string, string>) =>
    pool.request({
      ...{ path: `/users/${ALICE}/${name}`, method: 'GET' },
      headers: { host: 'localhost:8080', ...headers },
    });
  return { origin, get, ask: edge.ask, cpuSeconds: () => cpuSeconds(edge.pid) };
}

/**
 * CPU time of the local edge for one object, by its size. Objects up to 8 MB come from its cache. The local edge keeps
 * no larger ones, and streams them from the origin each time.
 */
export async function growObject(t: Teardown): Promise<Curve[]> {
  const { origin, get, cpuSeconds } = await startEdge(t);
  const chunk = Buffer.alloc(64 * KILOBYTE, 'v');
  origin.answer = async (request, response) => {
    const bytes = Number(/(\d+)\.mp4/.exec(request.url ?? '')?.[1]);
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes, etag: `"${bytes}"` });
    for (let sent = 0; sent < bytes; sent += chunk.length) {
      if (!response.write(chunk.subarray(0, bytes - sent))) await once(response, 'drain');
    }
    response.end();
  };
  const cpuMicroseconds = (bytes: number) => async () => {
    const before = cpuSeconds();
    let count = 0;
    while (cpuSeconds() - before < LEAST_CPU_SECONDS) {
      const { body, statusCode } = await get(`${bytes}.mp4`, cookiesOf(ALICE));
      let received = 0;
      for await (const part of body) received += part.length;
      if (statusCode !== 200 || received !== bytes)
        throw new Error(`${statusCode}, ${received} of ${bytes} bytes`);
      count++;
    }
    return ((cpuSeconds() - before) * 1_000_000) / count;
  };
  const steps: Step[] = [];
  for (const [size, bytes] of OBJECT_SIZES.slice(0, amount(7, 2))) {
    // The first round warms up, and fills the cache.
    const [rounds = []] = await inTurns([cpuMicroseconds(bytes)], OBJECT_ROUNDS, 1);
    steps.push({ size, at: bytes, rounds });
  }
  return [{ name: 'an object through the local edge, CPU', unit: 'µs', of: 'bytes', steps }];
}

const POLICY_COUNTS = [1_000, 10_000, 100_000, 1_000_000].slice(0, amount(4, 2));
const AT_ONCE = 32;
/** The edge remembers fewer policies than these, so its memory must be flat from here. */
const flat = { from: 1_000_000, atMost: 1.2 };
const MEGABYTE = 1_024 * 1_024;

/** Memory and CPU time of the local edge, while every request brings a new policy. */
export async function growPolicies(t: Teardown): Promise<Curve[]> {
  const { origin, get, ask, cpuSeconds } = await startEdge(t);
  origin.objects.set(`users/${ALICE}/a.txt`, { body: Buffer.alloc(1_000, 'a'), type: 'text/plain' });
  const signer = createKeySigner(EC);
  const expiresAt = parseEpochSeconds(NOW_EPOCH + 900);
  let made = 0;
  const askAnew = async () => {
    const start = parseEpochSeconds(NOW_EPOCH - 3_600 - made++);
    const policy = folderPolicy({
      filesOrigin: ORIGIN,
      owner: userOwner(parseUserId(ALICE)),
      start,
      expiresAt,
    });
    const signed = await signer.sign(policy);
    const cookie = `CloudFront-Policy=${signed.policy}; CloudFront-Signature=${signed.signature}; CloudFront-Key-Pair-Id=${EC.keyPairId}; CloudFront-Hash-Algorithm=SHA256`;
    const { statusCode, body } = await get('a.txt', { cookie });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${statusCode} for policy ${made}`);
  };
  const of = 'policies';
  const [resident, heap, time]: [Step[], Step[], Step[]] = [[], [], []];
  for (const size of POLICY_COUNTS) {
    const [before, from] = [cpuSeconds(), made];
    await atOnce(AT_ONCE, Array(size - made).keys(), askAnew);
    time.push(step(of, size, [((cpuSeconds() - before) * 1_000_000) / (made - from)]));
    const { residentBytes, heapBytes } = await ask('memory');
    resident.push(step(of, size, [residentBytes / MEGABYTE]));
    heap.push(step(of, size, [heapBytes / MEGABYTE]));
  }
  return [
    { name: 'memory of the local edge', unit: 'MB', of, steps: resident, flat },
    { name: 'heap of the local edge', unit: 'MB', of, steps: heap, flat },
    { name: 'a request with a new policy, CPU of the local edge', unit: 'µs', of, steps: time, flat },
  ];
}
