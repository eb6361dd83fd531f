import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import {
  type Assumptions,
  DEFAULT_ASSUMPTIONS,
  isAssumptionName,
} from '../../../../../edge/local/assumptions.ts';
import {
  createLocalCloudFront,
  type LocalCloudFront,
} from '../../../../../edge/local/create-local-cloudfront.ts';
import { readTemplate } from '../../../../../edge/local/template/template.ts';
import type { StackValues } from '../../../../../infra/values.ts';
import { readRunning } from '../../../../../services/local/running.ts';
import { ACCOUNT_ID, BUCKET, REGION } from '../../../../../services/local/state.ts';
import { openOperator } from '../../../../../services/operator/cli/probe.ts';
import { openFileStore } from '../../../../../services/operator/cli/stores.ts';
import { sweep } from '../../../../../services/operator/cli/user-objects.ts';
import { deploymentQuestions } from '../../../../../services/operator/probe/facts.ts';
import {
  askAll,
  type Line,
  type Question,
  type Verdict,
} from '../../../../../services/operator/probe/run.ts';
import { type Operator, type World, withWorld } from '../../../../../services/operator/probe/world.ts';
import { cachedStack } from '../../../../support/cached-build.ts';
import { freePorts } from '../../../../support/ports.ts';
import { startTestStack, type TestStack } from '../../../../support/test-stack.ts';

export const SWITCHES = Object.keys(DEFAULT_ASSUMPTIONS).filter(isAssumptionName);

/** What the probe asks the local stack. */
export const QUESTIONS = deploymentQuestions().filter(({ needs }) => needs === undefined);

export const QUIET = {
  figure: () => {},
  say: () => {},
  isWatching: false,
  signal: new AbortController().signal,
};

export interface Stand {
  stack: TestStack;
  operator: Operator;
  /** Starts an edge at the files host's port, for as long as `use` takes. */
  withEdge<T>(assumptions: Partial<Assumptions>, use: (edge: LocalCloudFront) => Promise<T>): Promise<T>;
  /** Asks questions of an edge with these switches. */
  ask(
    questions: readonly Question<World>[],
    assumptions?: Partial<Assumptions>,
  ): Promise<{ lines: Line[]; verdict: Verdict }>;
}

/**
 * A local stack whose edge's port is left free for another edge.
 * @param values replace those of a local stack
 */
export async function startStand(t: Test, values: Partial<StackValues> = {}): Promise<Stand> {
  const [elsewhere = 0] = await freePorts(1);
  const stack = await startTestStack(t, {
    behind: { edge: elsewhere },
    build: (local, directory) => cachedStack({ ...local, ...values }, directory),
  });
  const operator = await openOperator({ env: readRunning(stack.directory), localDirectory: stack.directory });
  const template: unknown = JSON.parse(
    readFileSync(join(stack.directory, 'build/infra/stack.template.json'), 'utf8'),
  );
  const names = { region: REGION, accountId: ACCOUNT_ID };
  const { logicalId } = readTemplate(template, names).only('AWS::CloudFront::KeyValueStore');
  const { secrets, keys } = stack.state;

  const stand: Stand = {
    stack,
    operator,
    async withEdge(assumptions, use) {
      const edge = createLocalCloudFront({
        template,
        assumptions,
        bindings: {
          ...names,
          origin: stack.filesOrigin,
          origins: {
            [`${BUCKET}.s3.${REGION}.amazonaws.com`]: {
              endpoint: stack.s3Origin,
              bucket: BUCKET,
              ...secrets.cloudfront,
            },
          },
          keyPairIds: Object.fromEntries(keys.map(({ keyPairId }) => [keyPairId, keyPairId])),
          httpCountsAsHttps: true,
          keyValueStores: { [logicalId]: stack.keyValueStore.reader },
        },
      });
      await edge.listen(stack.settings.ports.edge);
      try {
        return await use(edge);
      } finally {
        await edge.close();
      }
    },
    ask: (questions, assumptions = {}) =>
      stand.withEdge(assumptions, async () => {
        const lines: Line[] = [];
        const { seen: verdict } = await withWorld(operator, QUIET, (world) =>
          askAll(questions, world, (line) => lines.push(line)),
        );
        return { lines, verdict };
      }),
  };
  return stand;
}

/** The number of files of throw-away users that are left. */
export async function filesLeft(directory: string): Promise<number> {
  const files = openFileStore({ env: readRunning(directory), localDirectory: directory });
  const { versions } = await sweep(files, 'users/probe-', false);
  return versions;
}
