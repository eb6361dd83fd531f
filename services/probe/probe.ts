import { FURTHER } from './further.ts';
import { type Output, run } from './run.ts';
import { SWITCHES } from './switches.ts';
import { type Operator, withWorld } from './world.ts';

export const QUESTIONS = [...SWITCHES, ...FURTHER];

/** For which Node has no means, or which this target does not have. */
const LEFT_OUT = ['http2', 'http3', 'apiGateway', 'functionUtilization', 'clearInChrome'];

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
  const figure = (name: string, text: string) => figures.push(`${name}: ${text}`);
  return await run(
    output,
    operator.filesOrigin,
    LEFT_OUT,
    QUESTIONS,
    (use) => withWorld(operator, { figure, isWatching, signal }, use),
    figures,
  );
}
