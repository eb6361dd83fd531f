import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildService, bundle } from '../../infra/build.ts';
import { buildWeb } from '../../services/web/build.ts';
import { type Teardown, temporaryDirectory } from '../support/test-stack.ts';
import { type FirstAnswer, startColdStarts } from './support/cold-start.ts';
import { type BenchRun, compare, type Goal, inTurns } from './support/measure.ts';

const ROUNDS = 21;
const BARE = fileURLToPath(new URL('support/bare-function.ts', import.meta.url));

/**
 * The Lambda function from its import to its first answer, compared with the smallest function that uses Fastify and
 * DynamoDB.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'web'));
  buildWeb(join(directory, 'web'));
  buildService(directory);
  bundle([BARE], directory);
  const firstAnswer = await startColdStarts(t);
  const startOf = (name: string) => async () => {
    const answer = await firstAnswer(join(directory, `${name}.mjs`));
    if (answer.statusCode !== 401) throw new Error(`${name} answered ${answer.statusCode}`);
    return answer;
  };
  const [ours = [], theirs = []] = await inTurns([startOf('lambda'), startOf('bare-function')], ROUNDS);
  const row = (name: string, pick: (answer: FirstAnswer) => number, goal?: Goal) =>
    compare(
      [name, 'ms'],
      ['the service', ours.map(pick)],
      ['Fastify and one DynamoDB client', theirs.map(pick), goal],
    );
  return [
    row('import to first answer', ({ tookMs }) => tookMs, { atMost: 1.4 }),
    row('processor time of that', ({ processorMs }) => processorMs),
  ];
}
