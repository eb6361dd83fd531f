import type { Test } from 'tap';
import { ALICE, cookiesOf, startEdge, TEMPLATE, type TestEdge } from './edge.ts';

export const own = `/users/${ALICE}/a.txt`;
export const alice = cookiesOf(ALICE);
export const TEXT = 'the bytes of alice';

export async function edgeFor(t: Test, template: unknown = TEMPLATE): Promise<TestEdge> {
  const edge = await startEdge({ template });
  t.teardown(() => edge.close());
  return edge;
}
