import { once } from 'node:events';
import { Pool } from 'undici';
import { ALICE, bindingsFor, cookiesOf, NOW_EPOCH, TEMPLATE } from '../../edge/local/support/edge.ts';
import { startStandIn } from '../../edge/local/support/stand-in.ts';
import type { Curve, Step } from './growth-curve.ts';
import { startEdge } from './growth-of-policies.ts';

const KILOBYTE = 1_024;
const SIZES: [name: string, bytes: number][] = [
  ['1 KB', KILOBYTE],
  ['10 KB', 10 * KILOBYTE],
  ['100 KB', 100 * KILOBYTE],
  ['1 MB', KILOBYTE ** 2],
  ['10 MB', 10 * KILOBYTE ** 2],
  ['100 MB', 100 * KILOBYTE ** 2],
  ['1 GB', KILOBYTE ** 3],
];
const ROUNDS = 3;
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
    for (const [size, bytes] of SIZES) {
      // The first round warms up, and fills the cache.
      await cpuMicroseconds(bytes);
      const rounds: number[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await cpuMicroseconds(bytes));
      steps.push({ size, at: bytes, rounds });
    }
    return [{ name: 'an object through the local edge, CPU', unit: 'µs', of: 'bytes', steps }];
  } finally {
    await pool.destroy();
    await edge.stop();
    await origin.close();
  }
}
