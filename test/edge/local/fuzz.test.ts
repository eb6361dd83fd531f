import process from 'node:process';
import t from 'tap';
import { startEdgeProcess } from './support/fuzz/edge.ts';
import { fuzz } from './support/fuzz/run.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

t.test(`3,000 malformed requests are answered from the table (FUZZ_SEED=${seed})`, async (t) => {
  const edge = await startEdgeProcess(t);
  const { answered, statuses } = await fuzz({ ...edge, seed, from: 0, connections: 231 });
  t.equal(answered, 3_003);
  t.ok(edge.isRunning());
  for (const status of [200, 400, 403, 404, 414]) t.ok(statuses.get(status), `some are ${status}`);
  t.comment([...statuses].map(([status, times]) => `${status}: ${times}`).join(', '));
});
