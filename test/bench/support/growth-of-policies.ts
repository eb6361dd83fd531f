import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { parseEpochSeconds } from '../../../core/epoch-seconds.ts';
import { folderPolicy } from '../../../core/policy.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { createKeySigner } from '../../../services/auth/adapters/key-signer.ts';
import { ALICE, bindingsFor, EC, NOW_EPOCH, ORIGIN, TEMPLATE } from '../../edge/local/support/edge.ts';
import { startStandIn } from '../../edge/local/support/stand-in.ts';
import type { Curve, Step } from './growth-curve.ts';
import { figure } from './growth-of-folders.ts';
import { type Server, serverOf } from './server.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
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
    const policy = folderPolicy({ filesOrigin: ORIGIN, id: parseUserId(ALICE), start, expiresAt });
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
    for (const size of SIZES) {
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
