import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t, { type Test } from 'tap';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../../../edge/local/assumptions.ts';
import { ALICE, type RawAnswer, startEdge, type TestEdge } from './support/edge.ts';
import { goldenRequests } from './support/golden-requests.ts';

const RECORD = new URL('./golden-answers.txt', import.meta.url);
/** The parts that differ from run to run. */
const UNSTEADY = ['authorization', 'date', 'host', 'x-amz-date', 'x-amz-cf-id'];

function steady(fields: Iterable<[string, unknown]>): string {
  return [...fields]
    .filter(([name]) => !UNSTEADY.includes(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted()
    .join(' | ');
}

function lineOf(target: string, method: string, answer: RawAnswer, edge: TestEdge): string {
  const body = createHash('sha256').update(answer.body, 'latin1').digest('base64url').slice(0, 12);
  const asked = edge.origin.requests
    .splice(0)
    .map(({ method, rawUrl, headers }) => `${method} ${rawUrl} ${steady(Object.entries(headers))}`);
  const shown = target.length > 300 ? `${target.slice(0, 300)}…` : target;
  return JSON.stringify([method, shown, answer.status, steady(answer.headers), body, ...asked]);
}

/** The answers to all requests, one line each. */
async function answers(t: Test, assumptions: Partial<Assumptions>): Promise<string[]> {
  const edge = await startEdge({ assumptions });
  t.teardown(() => edge.close());
  edge.origin.objects.set(`users/${ALICE}/a.png`, { body: Buffer.alloc(3_000, 'p'), type: 'image/png' });
  const lines: string[] = [];
  for (const { method, target, headers, after = 0 } of goldenRequests()) {
    edge.clock.nowMs += after * 1_000;
    lines.push(lineOf(target, method, await edge.get(target, headers, method), edge));
  }
  return lines;
}

t.test("the answers of the project's own distribution are those on record, byte for byte", async (t) => {
  const lines = await answers(t, {});
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(RECORD, `${lines.join('\n')}\n`);
  const recorded = readFileSync(RECORD, 'utf8').trimEnd().split('\n');
  t.equal(lines.length, recorded.length);
  for (const [index, line] of lines.entries())
    t.equal(line, recorded[index], `request ${index}; UPDATE_GOLDEN=1 writes it`);
});

t.test('the answers are the same if viewer-response sees the request of the viewer', async (t) => {
  t.equal(DEFAULT_ASSUMPTIONS.viewerResponseSees, 'rewritten');
  t.strictSame(await answers(t, { viewerResponseSees: 'viewer' }), await answers(t, {}));
});
