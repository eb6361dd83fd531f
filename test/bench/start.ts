import { copyOfProject, runCommand } from '../support/clone.ts';
import { freePortVariables, type Teardown } from '../support/test-stack.ts';
import { type BenchRun, compare, inTurns } from './support/measure.ts';

const ROUNDS = 5;
const BOUND_MS = 5_000;

/** `npm start` with everything installed, until it prints `ready`. */
export async function run(t: Teardown): Promise<BenchRun> {
  const directory = copyOfProject(t);
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
  const [first = [], again = []] = await inTurns([() => startMs('--', '--reset'), () => startMs()], ROUNDS);
  const row = (name: string, rounds: number[]) =>
    compare([name, 'ms until ready'], ['npm start', rounds], ['the bound', [BOUND_MS], { atMost: 1 }]);
  return [row('from nothing: new keys and stores', first), row('with the state of the last start', again)];
}
