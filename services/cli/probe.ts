import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Output } from '../probe/run.ts';
import { ProbeError } from '../probe/world.ts';
import { openOperator } from './operator.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';

export const PROBE_USAGE = 'probe [--json] [--watch]';

/**
 * What CloudFront really does, asked of a deployment or of the local stack: results to standard output, the rest to standard error.
 * @returns the exit status: 0 where nothing differs, 1 where something does, 2 where it could not run
 */
export async function probeCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  { out, err }: Pick<Output, 'out' | 'err'>,
): Promise<number> {
  const { json: isJson = false, watch: isWatching = false } = parseOptions(args);
  const stop = new AbortController();
  const end = () => stop.abort(new ProbeError('stopped'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const output = { out, err, isJson };
  try {
    const { probe } = await import('../probe/probe.ts');
    const operator = await openOperator(env, localDirectory);
    return await probe(operator, { ...output, isWatching, signal: stop.signal });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    err(`probe: ${why(stop.signal.aborted ? stop.signal.reason : error)}`);
    return 2;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  }
}

/** In words that hold no credential: the message of an error may hold an address that was signed. */
function why(error: unknown): string {
  if (error instanceof ProbeError) return error.message;
  if (!(error instanceof Error)) return 'it could not run';
  const code = 'code' in error ? String(error.code) : error.name;
  if (code === 'ECONNREFUSED') return 'nothing answers there: is it running? (npm start)';
  return `it could not run: ${code}`;
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({ args, options: { json: { type: 'boolean' }, watch: { type: 'boolean' } } }).values;
  } catch (cause) {
    throw new UsageError(`usage: ${PROBE_USAGE}`, { cause });
  }
}
