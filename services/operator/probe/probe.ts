import { isDevelopmentHost } from '@cloudfront-cookie-gateway/core/origins';
import { deploymentQuestions, FACTS, labQuestions } from './facts.ts';
import type { LabKeys } from './lab-template.ts';
import { createLabWorld, type LabStand, newLabKeys } from './lab-world.ts';
import { type LeftOut, type Output, run } from './run.ts';
import { type Operator, withWorld } from './world.ts';

/**
 * Asks a deployment or the local stack. The probe knows the two addresses and the operator's means, and nothing else of
 * its target.
 * @returns the exit status
 */
export async function probe(
  operator: Operator,
  { isWatching, ...output }: Output & { isWatching: boolean },
): Promise<number> {
  const figures: string[] = [];
  const figure = (name: string, text: string) => figures.push(`${name}: ${text}`);
  const say = (line: string) => output.err(`probe: ${line}`);
  const isRemote = !isDevelopmentHost(new URL(operator.filesOrigin).hostname);
  const questions: ReturnType<typeof deploymentQuestions> = [];
  const leftOut: LeftOut[] = [];
  for (const question of deploymentQuestions()) {
    const { name, needs, hindrance } = question;
    const why = !isRemote && needs ? `it needs ${needs}` : await hindrance?.(operator);
    if (why === undefined) questions.push(question);
    else leftOut.push({ name, why });
  }
  const plan = { target: operator.filesOrigin, questions, leftOut, figures };
  return await run(output, plan, async (use) => {
    const { signal } = output;
    const { seen, left } = await withWorld(operator, { figure, isWatching, signal, say }, use);
    return left.length === 0
      ? seen
      : { ...seen, failed: [...seen.failed, 'removal of the throw-away users'] };
  });
}

/**
 * Makes a stack of the lab, asks it, and removes it, also after a failure.
 * @param start makes the stack; `close` removes it
 * @returns the exit status
 */
export async function probeLab(
  start: (publicPems: LabKeys) => Promise<{ stand: LabStand; close(): Promise<void> }>,
  output: Output,
): Promise<number> {
  const figures: string[] = [];
  const figure = (name: string, text: string) => figures.push(`${name}: ${text}`);
  const leftOut = FACTS.filter(({ needs, lab }) => needs && !lab).map(({ name }) => {
    return { name, why: 'the probe of a deployment asks it' };
  });
  const keys = newLabKeys();
  const { stand, close } = await start(keys.publicPems);
  try {
    const plan = { target: stand.origin, questions: labQuestions(), leftOut, figures };
    return await run(output, plan, async (use) => {
      const world = createLabWorld(stand, keys, { figure, signal: output.signal });
      return await use(world).finally(() => world.close());
    });
  } finally {
    await close();
  }
}
