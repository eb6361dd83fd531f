import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
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

t.test("the answers of the project's own distribution are those on record, byte for byte", async (t) => {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  edge.origin.objects.set(`users/${ALICE}/a.png`, { body: Buffer.alloc(3_000, 'p'), type: 'image/png' });
  const lines: string[] = [];
  for (const { method, target, headers, after = 0 } of goldenRequests()) {
    edge.clock.nowMs += after * 1_000;
    lines.push(lineOf(target, method, await edge.get(target, headers, method), edge));
  }
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(RECORD, `${lines.join('\n')}\n`);
  const recorded = readFileSync(RECORD, 'utf8').trimEnd().split('\n');
  t.equal(lines.length, recorded.length);
  for (const [index, line] of lines.entries())
    t.equal(line, recorded[index], `request ${index}; UPDATE_GOLDEN=1 writes it`);
});
