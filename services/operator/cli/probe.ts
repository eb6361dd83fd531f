import process from 'node:process';
import { createObjectStore } from '@cloudfront-cookie-gateway/auth/files/bucket';
import { createPutPresigner } from '@cloudfront-cookie-gateway/auth/files/put-presigner';
import { endAllSessions } from '@cloudfront-cookie-gateway/auth/sessions/end';
import { folderKey } from '@cloudfront-cookie-gateway/core/file-name';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { parseAssumptions } from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { deployedFunction } from '../probe/edge-functions.ts';
import { deleteKey } from '../probe/key-values.ts';
import type { Output } from '../probe/run.ts';
import { type Operator, ProbeError } from '../probe/world.ts';
import { originsOf, type Place, parseCommand, type Syntax, UsageError, usageError } from './command-line.ts';
import { commandSigner } from './signer.ts';
import { openFileStore, openSessionStores } from './stores.ts';
import { sweep } from './user-objects.ts';

const FLAG = { type: 'boolean', default: false } as const;

export const PROBE = {
  usage: 'probe [--json] [--watch] | probe --lab [--json] [--local]',
  about: 'asks CloudFront what it really does, and says whether the design holds: docs/probe.md',
  options: { json: FLAG, watch: FLAG, lab: FLAG, local: FLAG },
  operands: [0, 0],
} as const satisfies Syntax;

/**
 * Asks a deployment or the local stack what CloudFront really does. Results go to standard output, everything else to
 * standard error.
 * @returns the exit status: 0 if nothing differs, 1 if something does, 2 if the probe could not run
 */
export async function probeCommand(
  args: string[],
  place: Place,
  { out, err }: Pick<Output, 'out' | 'err'>,
): Promise<number> {
  const options = parseCommand(PROBE, args).values;
  const { watch, lab, local } = options;
  if (lab ? watch : local) throw usageError(PROBE);
  const stop = new AbortController();
  const end = () => stop.abort(new ProbeError('stopped'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const output = { out, err, isJson: options.json, signal: stop.signal };
  try {
    if (lab) return await labCommand(local, place.env['EDGE_ASSUMPTIONS'] ?? '', output);
    const { probe } = await import('../probe/probe.ts');
    const operator = await openOperator(place);
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

async function labCommand(isLocal: boolean, rawAssumptions: string, output: Output): Promise<number> {
  const faults: string[] = [];
  const assumptions = parseAssumptions(rawAssumptions, faults);
  if (isLocal && faults.length > 0) throw new UsageError(`EDGE_ASSUMPTIONS: ${faults.join('\n')}`);
  const say = (line: string) => output.err(`probe: ${line}`);
  // The AWS clients are loaded only for this command.
  const [{ probeLab }, { startLocalLab }, { startAwsLab }] = await Promise.all([
    import('../probe/probe.ts'),
    import('../probe/lab-local.ts'),
    import('../probe/lab-aws.ts'),
  ]);
  return await probeLab(
    (pems) =>
      isLocal ? startLocalLab(pems, assumptions) : startAwsLab(pems, { say, signal: output.signal }),
    output,
  );
}

/**
 * What an operator can do to a deployment. If the environment names none, it is the local stack.
 * @throws UsageError
 */
export async function openOperator(place: Place): Promise<Operator> {
  const { env, localDirectory } = place;
  const { STACK_NAME: stack, AWS_REGION: region = '' } = env;
  const stores = openSessionStores(place);
  const files = openFileStore(place);
  const signer = await commandSigner(env, `${localDirectory}/keys`);
  const { keyValues } = stores;
  const origins = originsOf(env);
  const presigner = await createPutPresigner({ ...files, now: Date.now });
  const { presignUpload } = createObjectStore({ ...files, presigner });
  return {
    ...origins,
    signer,
    presignUpload,
    isScanned: Boolean(env['SCAN']),
    async revoke(userId) {
      const { edge } = await endAllSessions(stores, userId);
      await edge;
    },
    keyValues,
    deployedFunction: stack ? (type) => deployedFunction(stack, region, type) : undefined,
    async remove(userId) {
      const ends = await Promise.allSettled([
        sweep(files, folderKey(userOwner(userId)), true),
        // The record goes first, since the service would write the entry from it again.
        stores.deleteUser(userId).finally(() => deleteKey(keyValues, userId)),
      ]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
