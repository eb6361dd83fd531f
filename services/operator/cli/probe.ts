import process from 'node:process';
import { parseAssumptions } from '../../../edge/local/assumptions.ts';
import type { Output } from '../probe/run.ts';
import { ProbeError } from '../probe/world.ts';
import { parseCommand, type Syntax, usageError } from './command-line.ts';
import { openOperator } from './operator.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';

const FLAG = { type: 'boolean', default: false } as const;

export const PROBE = {
  usage: 'probe [--json] [--watch] | probe --lab [--json] [--local | --remove]',
  about: 'asks CloudFront what it really does, and says whether the design holds: docs/probe.md',
  options: { json: FLAG, watch: FLAG, lab: FLAG, local: FLAG, remove: FLAG },
  operands: [0, 0],
} as const satisfies Syntax;

/**
 * Asks a deployment or the local stack what CloudFront really does. Results go to standard output, everything else to
 * standard error.
 * @returns the exit status: 0 if nothing differs, 1 if something does, 2 if the probe could not run
 */
export async function probeCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  { out, err }: Pick<Output, 'out' | 'err'>,
): Promise<number> {
  const options = parseCommand(PROBE, args).values;
  const { watch, lab, local, remove } = options;
  if (lab ? watch || (local && remove) : local || remove) throw usageError(PROBE);
  const stop = new AbortController();
  const end = () => stop.abort(new ProbeError('stopped'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const output = { out, err, isJson: options.json, signal: stop.signal };
  try {
    if (lab) return await labCommand(options, env, output);
    const { probe } = await import('../probe/probe.ts');
    const operator = await openOperator(env, localDirectory);
    return await probe(operator, { ...output, isWatching: watch });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    err(`probe: ${why(stop.signal.aborted ? stop.signal.reason : error)}`);
    return 2;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  }
}

/** The reason in words without a credential. The message of an error may hold a signed address. */
function why(error: unknown): string {
  if (error instanceof ProbeError) return error.message;
  if (!(error instanceof Error)) return 'it could not run';
  // The next two errors are the SDK's own, about settings of the shell.
  if (error.message.startsWith('Region ')) return 'no region is set: set AWS_REGION';
  if (error.name === 'CredentialsProviderError')
    return 'sign in to AWS in this shell (aws sso login, or AWS_PROFILE), then run it again';
  const code = 'code' in error ? String(error.code) : error.name;
  if (code === 'ECONNREFUSED') return 'nothing answers there: is it running? (npm start)';
  return `it could not run: ${code}`;
}

async function labCommand(
  { local: isLocal, remove: isRemoval }: Record<'local' | 'remove', boolean>,
  env: Environment,
  output: Output,
): Promise<number> {
  const faults: string[] = [];
  const assumptions = parseAssumptions(env['EDGE_ASSUMPTIONS'] ?? '', faults);
  if (isLocal && faults.length > 0) throw new UsageError(`EDGE_ASSUMPTIONS: ${faults.join('\n')}`);
  const say = (line: string) => output.err(`probe: ${line}`);
  // The AWS clients are loaded only for this command.
  const [{ probeLab }, { startLocalLab }, { removeLabs, startAwsLab }] = await Promise.all([
    import('../probe/probe.ts'),
    import('../probe/lab-local.ts'),
    import('../probe/lab-aws.ts'),
  ]);
  if (!isRemoval) {
    return await probeLab(
      (pems) =>
        isLocal ? startLocalLab(pems, assumptions) : startAwsLab(pems, { say, signal: output.signal }),
      output,
    );
  }
  const removed = await removeLabs({ say });
  say(removed.length === 0 ? 'there is no stack of the lab' : `removed: ${removed.join(', ')}`);
  return 0;
}
