import { isDevelopmentHost } from '../../../core/origins.ts';
import { FURTHER } from './further.ts';
import { sortOut } from './question.ts';
import { remoteQuestions } from './remote.ts';
import { type Output, run } from './run.ts';
import { SWITCHES } from './switches.ts';
import { type Operator, withWorld } from './world.ts';

export const QUESTIONS = [...SWITCHES, ...FURTHER];

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
  const remote = remoteQuestions(operator);
  const isRemote = !isDevelopmentHost(new URL(operator.filesOrigin).hostname);
  const { asked, leftOut } = isRemote
    ? await sortOut([...remote, ...QUESTIONS])
    : { asked: QUESTIONS, leftOut: remote.map(({ name, needs }) => ({ name, why: `it needs ${needs}` })) };
  return await run(
    output,
    operator.filesOrigin,
    leftOut,
    asked,
    async (use) => {
      const { signal } = output;
      const { seen, left } = await withWorld(operator, { figure, isWatching, signal, say }, use);
      return left.length === 0
        ? seen
        : { ...seen, failed: [...seen.failed, 'removal of the throw-away users'] };
    },
    figures,
  );
}
