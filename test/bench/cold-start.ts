import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { buildService, bundle } from '../../infra/build.ts';
import { buildWeb } from '../../services/web/build.ts';
import { type Teardown, temporaryDirectory } from '../support/test-stack.ts';
import { type FirstAnswer, startColdStarts } from './support/cold-start.ts';
import { type BenchRun, compare, type Goal, inTurns } from './support/measure.ts';

const ROUNDS = 30;
/** Lambda gives a function so much of a processor as it has of this memory (Lambda Developer Guide, "Configure memory"). */
const MEGABYTES_A_PROCESSOR = 1_769;
const MEMORY_MEGABYTES = [256, 512, 1_024];
/** What is in a bundle, by the paths of its sources. The first that fits counts. */
const PARTS: [part: string, source: RegExp][] = [
  ['the AWS SDK', /node_modules\/@(?:aws-sdk|smithy|aws-crypto|aws)\//],
  [
    'Fastify and its plugins',
    /node_modules\/(?:@?fastify|avvio|light-my-request|find-my-way|pino|ajv|fast-|secure-json|set-cookie|cookie)/,
  ],
  ['OpenID Connect', /node_modules\/(?:openid-client|oauth4webapi|jose)\//],
  ['TypeBox', /node_modules\/typebox\//],
  ['this project', /^(?!.*node_modules)/],
];
const BARE = fileURLToPath(new URL('support/bare-function.ts', import.meta.url));

/**
 * The Lambda function from its import to its first answer, compared with the smallest function that uses Fastify and
 * DynamoDB.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'web'));
  buildWeb(join(directory, 'web'));
  const [ourFiles, theirFiles] = [buildService(directory), bundle([BARE], directory)];
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
  const cost = row('import to first answer, processor time', ({ processorMs }) => processorMs, {
    atMost: 1.25,
  });
  const sizes = [sizesOf(ourFiles, ours[0]), sizesOf(theirFiles, theirs[0])] as const;
  return [
    cost,
    row('import to first answer, by the clock', ({ tookMs }) => tookMs),
    ...MEMORY_MEGABYTES.map((megabytes) =>
      row(
        `that processor time in ${megabytes.toLocaleString('en')} MB, by the clock`,
        ({ processorMs }) => processorMs / (megabytes / MEGABYTES_A_PROCESSOR),
      ),
    ),
    ...[...sizes[0].keys()].map((part) =>
      compare(
        [`KB loaded until then: ${part}`, 'ms'],
        ['the service', [sizes[0].get(part) ?? 0]],
        ['Fastify and one DynamoDB client', [sizes[1].get(part) ?? 0]],
      ),
    ),
  ];
}

/** Kilobytes of the modules that were loaded, by what they are. */
function sizesOf({ outputs }: Metafile, answer: FirstAnswer | undefined): Map<string, number> {
  const loaded = new Set(answer?.loaded.map((url) => basename(url)));
  const sizes = new Map<string, number>(
    ['all', ...PARTS.map(([part]) => part), 'others'].map((part) => [part, 0]),
  );
  for (const [file, { inputs }] of Object.entries(outputs)) {
    if (!loaded.has(basename(file))) continue;
    for (const [source, { bytesInOutput }] of Object.entries(inputs)) {
      const part = PARTS.find(([, pattern]) => pattern.test(source))?.[0] ?? 'others';
      for (const each of ['all', part]) sizes.set(each, (sizes.get(each) ?? 0) + bytesInOutput / 1_024);
    }
  }
  return sizes;
}
