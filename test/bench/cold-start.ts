import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { buildService, bundle, FASTIFY_COMPILERS } from '../../infra/build.ts';
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
const sourceOf = (name: string) => fileURLToPath(new URL(`support/${name}.ts`, import.meta.url));

/**
 * The Lambda function from its import to its first answer, compared with a function that has the same plugins, as many
 * routes and a secret, and with the smallest one that uses Fastify and DynamoDB.
 */
export async function run(t: Teardown): Promise<BenchRun> {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'web'));
  buildWeb(join(directory, 'web'));
  const files = [
    buildService(directory),
    bundle([sourceOf('bare-service')], directory, FASTIFY_COMPILERS),
    bundle([sourceOf('bare-function')], directory),
  ];
  const firstAnswer = await startColdStarts(t);
  const startOf = (name: string) => async () => {
    const answer = await firstAnswer(join(directory, `${name}.mjs`));
    if (answer.statusCode !== 401) throw new Error(`${name} answered ${answer.statusCode}`);
    return answer;
  };
  const starts = await inTurns(['lambda', 'bare-service', 'bare-function'].map(startOf), ROUNDS);
  const sizes = files.map((built, index) => sizesOf(built, starts[index]?.[0]));
  /** A line with the three functions: a figure of each round, or one of each function. */
  const row = (name: string, figuresOf: (of: number) => number[], goal?: Goal) =>
    compare(
      [name, 'ms'],
      ['the service', figuresOf(0)],
      ['its libraries, a secret and as many routes', figuresOf(1), goal],
      ['one route and one DynamoDB client', figuresOf(2)],
    );
  const each = (pick: (answer: FirstAnswer) => number) => (of: number) => (starts[of] ?? []).map(pick);
  return [
    row(
      'import to first answer, processor time',
      each(({ processorMs }) => processorMs),
      { atMost: 1.25 },
    ),
    row(
      'import to first answer, by the clock',
      each(({ tookMs }) => tookMs),
    ),
    ...MEMORY_MEGABYTES.map((megabytes) =>
      row(
        `that processor time in ${megabytes.toLocaleString('en')} MB, by the clock`,
        each(({ processorMs }) => processorMs / (megabytes / MEGABYTES_A_PROCESSOR)),
      ),
    ),
    ...[...(sizes[0]?.keys() ?? [])].map((part) =>
      row(`KB loaded until then: ${part}`, (of) => [sizes[of]?.get(part) ?? 0]),
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
