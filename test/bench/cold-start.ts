import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildService, bundle } from '../../infra/build.ts';
import { buildWeb } from '../../services/web/build.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { type FirstAnswer, startColdStarts } from './support/cold-start.ts';
import { type BenchRun, type Goal, measurementOf } from './support/result.ts';

const ROUNDS = 21;
const BARE = fileURLToPath(new URL('support/bare-function.ts', import.meta.url));

/**
 * The Lambda function from its import to its first answer, compared with the smallest function that uses Fastify and
 * DynamoDB.
 */
export async function run(): Promise<BenchRun> {
  const ends: (() => Promise<void> | void)[] = [];
  const t = { teardown: (end: () => Promise<void> | void) => void ends.push(end) };
  try {
    const directory = temporaryDirectory(t);
    mkdirSync(join(directory, 'web'));
    buildWeb(join(directory, 'web'));
    buildService(directory);
    bundle([BARE], directory);
    const firstAnswer = await startColdStarts(t);
    const answers = { lambda: [] as FirstAnswer[], 'bare-function': [] as FirstAnswer[] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, list] of Object.entries(answers)) {
        const answer = await firstAnswer(join(directory, `${name}.mjs`));
        if (answer.statusCode !== 401) throw new Error(`${name} answered ${answer.statusCode}`);
        list.push(answer);
      }
    }
    const row = (name: string, pick: (answer: FirstAnswer) => number, goal?: Goal) => {
      const ours = measurementOf('the service', answers.lambda.map(pick));
      const bare = measurementOf('Fastify and one DynamoDB client', answers['bare-function'].map(pick));
      const ratio = ours.median / bare.median;
      return { name, unit: 'ms', ours, baselines: [{ ...bare, ratio, ...(goal ? { goal } : {}) }] };
    };
    return [
      row('import to first answer', ({ tookMs }) => tookMs, { atMost: 1.4 }),
      row('processor time of that', ({ processorMs }) => processorMs),
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
