import { isDevelopmentHost } from '../auth/domain/origins.ts';
import { FURTHER } from './further.ts';
import { REMOTE } from './remote.ts';
import { type Output, run } from './run.ts';
import { SWITCHES } from './switches.ts';
import { type Operator, withWorld } from './world.ts';

export const QUESTIONS = [...SWITCHES, ...FURTHER];

/** For which Node has no means. */
const LEFT_OUT = ['http3', 'functionUtilization', 'clearInChrome'];

/**
 * Asks a deployment or the local stack. It knows the two addresses and what an operator can do, and nothing else of it.
 * @param signal ends it; what it made is removed all the same
 * @returns the exit status
 */
export async function probe(
  operator: Operator,
  { isWatching, signal, ...output }: Output & { isWatching: boolean; signal: AbortSignal },
): Promise<number> {
  const figures: string[] = [];
  const isRemote = !isDevelopmentHost(new URL(operator.filesOrigin).hostname);
  const figure = (name: string, text: string) => figures.push(`${name}: ${text}`);
  return await run(
    output,
    operator.filesOrigin,
    isRemote ? LEFT_OUT : [...REMOTE.map(({ name }) => name), ...LEFT_OUT],
    isRemote ? [...REMOTE, ...QUESTIONS] : QUESTIONS,
    (use) => withWorld(operator, { figure, isWatching, signal }, use),
    figures,
  );
}
