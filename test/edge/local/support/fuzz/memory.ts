import type { Test } from 'tap';
import { startEdgeProcess } from './edge.ts';
import { fuzz } from './run.ts';

const MEGABYTE = 1_024 * 1_024;
/**
 * The number of connections before memory is measured. By then the edge is full of verified policies, and has given
 * every kind of answer.
 */
const WARM_UP = 6_000;

/** Fuzzes an edge, and checks that its memory stays flat. @returns the number of requests that were answered */
export async function fuzzInBoundedMemory(t: Test, seed: number, connections: number): Promise<number> {
  const edge = await startEdgeProcess(t);
  const warm = await fuzz({ ...edge, seed, from: 0, connections: WARM_UP });
  const before = await edge.memory();
  const startedMs = performance.now();
  const rest = await fuzz({ ...edge, seed, from: WARM_UP, connections: connections - WARM_UP });
  const after = await edge.memory();
  t.ok(edge.isRunning());
  const megabytes = (bytes: number) => Math.round(bytes / MEGABYTE);
  t.comment([...rest.statuses].map(([status, times]) => `${status}: ${times}`).join(', '));
  t.comment(`${Math.round((rest.answered / (performance.now() - startedMs)) * 1_000)} requests a second`);
  const resident = [before.residentBytes, after.residentBytes].map(megabytes);
  const heap = [before.heapBytes, after.heapBytes].map(megabytes);
  t.comment(`resident ${resident.join(' to ')} MB, heap ${heap.join(' to ')} MB, after a collection each`);
  t.ok(after.heapBytes - before.heapBytes < 8 * MEGABYTE, 'the heap grows by less than 8 MB');
  t.ok(after.residentBytes - before.residentBytes < 48 * MEGABYTE, 'resident memory by less than 48 MB');
  return warm.answered + rest.answered;
}
