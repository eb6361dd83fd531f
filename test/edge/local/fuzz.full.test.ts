import process from 'node:process';
import t from 'tap';
import { startEdgeProcess } from './support/fuzz/edge.ts';
import { fuzz } from './support/fuzz/run.ts';

const MEGABYTE = 1_024 * 1_024;
const CONNECTIONS = 16_000;
/**
 * The number of connections before memory is measured. By then the edge is full of verified policies, and has given
 * every kind of answer.
 */
const WARM_UP = 6_000;

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

t.test(
  `more than 200,000 malformed requests, and memory stays flat (FUZZ_SEED=${seed})`,
  { timeout: 220_000 },
  async (t) => {
    const edge = await startEdgeProcess(t);
    const warm = await fuzz({ ...edge, seed, from: 0, connections: WARM_UP });
    const before = await edge.memory();
    const startedMs = performance.now();
    const rest = await fuzz({ ...edge, seed, from: WARM_UP, connections: CONNECTIONS - WARM_UP });
    const after = await edge.memory();
    t.ok(edge.isRunning());
    t.equal(warm.answered + rest.answered, 208_000);
    const megabytes = (bytes: number) => Math.round(bytes / MEGABYTE);
    t.comment([...rest.statuses].map(([status, times]) => `${status}: ${times}`).join(', '));
    t.comment(`${Math.round((rest.answered / (performance.now() - startedMs)) * 1_000)} requests a second`);
    const resident = [before.residentBytes, after.residentBytes].map(megabytes);
    const heap = [before.heapBytes, after.heapBytes].map(megabytes);
    t.comment(`resident ${resident.join(' to ')} MB, heap ${heap.join(' to ')} MB, after a collection each`);
    t.ok(after.heapBytes - before.heapBytes < 8 * MEGABYTE, 'the heap grows by less than 8 MB');
    t.ok(after.residentBytes - before.residentBytes < 48 * MEGABYTE, 'resident memory by less than 48 MB');
  },
);
