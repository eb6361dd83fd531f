import { copyOfProject, runCommand } from '../support/clone.ts';
import { freePortVariables } from '../support/test-stack.ts';
import { type BenchRun, measurementOf } from './support/result.ts';

const ROUNDS = 5;
const BOUND_MS = 5_000;

/** `npm start` with everything installed, until it prints `ready`. */
export async function run(): Promise<BenchRun> {
  const ends: (() => Promise<void> | void)[] = [];
  const directory = copyOfProject({ teardown: (end) => ends.push(end) });
  const ports = await freePortVariables();
  const startMs = async (...args: string[]) => {
    const startedMs = performance.now();
    const command = runCommand(directory, ['npm', 'start', ...args], ports);
    await command.waitFor('ready ');
    const readyMs = performance.now() - startedMs;
    command.child.kill();
    await command.exit;
    return readyMs;
  };
  try {
    const first: number[] = [];
    const again: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      first.push(await startMs('--', '--reset'));
      again.push(await startMs());
    }
    const bound = measurementOf('the bound', [BOUND_MS]);
    return (
      [
        ['from nothing: new keys and stores', first],
        ['with the state of the last start', again],
      ] as const
    ).map(([name, rounds]) => {
      const ours = measurementOf('npm start', rounds);
      const ratio = ours.median / BOUND_MS;
      return { name, unit: 'ms until ready', ours, baselines: [{ ...bound, ratio, goal: { atMost: 1 } }] };
    });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
