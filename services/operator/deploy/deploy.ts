import {
  EDGE_REGION,
  type Place,
  parseGivenValues,
  parseStackValues,
  readStackValues,
  type StackValues,
} from '@cloudfront-cookie-gateway/infra/values';
import { MADE } from '@cloudfront-cookie-gateway/infra/values-schema';
import { settingsOf } from './aws/deployment.ts';
import { type Finding, toLine, toVerdict } from './aws/finding.ts';
import { findPlace } from './aws/place.ts';
import { describeStack, isBootstrapped, isUnderWay, type StackState } from './aws/stacks.ts';
import { addValues, readValuesFile } from './aws/values-file.ts';
import { checkExistingBucket, checkFilesKey } from './check/bucket.ts';
import { type CheckOptions, check, type Network, targetsOf } from './check/check.ts';
import { checkTargets } from './check/dns.ts';
import { stacksOf } from './check/stack.ts';
import { createCertificate, waitForCertificates } from './create/certificates.ts';
import { type Creation, DeployError, LOOK_AGAIN_MS } from './create/creation.ts';
import { tryEdgeFunctions } from './create/edge-trial.ts';
import { createSecret, createSigningKey } from './create/keys.ts';
import { protectTables, reserveInstances } from './create/protection.ts';

export interface DeployDeps extends Network {
  say(line: string): void;
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
  /** Asks a person, and does not show the answer. */
  askSecretly(question: string): Promise<string>;
  /** Builds everything that is deployed. Returns the directory of the cloud assembly. */
  build(values: StackValues): Promise<string>;
  /** Runs the CDK's command line. */
  cdk(args: string[]): Promise<void>;
  /** Runs `gateway probe` with these settings. `again` is the command for a person. */
  probe(env: Record<string, string>, again: string): Promise<void>;
}

/**
 * Goes from a values file to a deployment that was probed. Every step looks for what exists before it makes something,
 * and writes what it made into the file at once. A run that was cut off therefore goes on when it is started again.
 * @throws DeployError if a person has to do something first
 */
export async function deploy(file: string, deps: DeployDeps): Promise<void> {
  const place = await placeFor(file, deps);
  await settle(file, place, deps);
  const told = await checkFirst(file, deps, []);
  // A step finds what an earlier run made, but does not check it. The second check does.
  if (await createWhatIsMissing(file, place, deps)) await checkFirst(file, deps, told);

  const values = parseStackValues(readValuesFile(file));
  for (const region of new Set([place.region, EDGE_REGION])) {
    if (await isBootstrapped(region)) continue;
    deps.say(`bootstrap of the CDK in ${region}`);
    await deps.cdk(['bootstrap', `aws://${place.account}/${region}`]);
  }
  deps.say('build');
  const assembly = await deps.build(values);
  const { stackName } = values;
  const before = await describeStack(stackName, place.region);
  await tryEdgeFunctions(values, before?.outputs['KeyValueStoreArn']);
  const isScannerNew = values.scan !== undefined && before?.outputs['ScannerArn'] === undefined;
  const scan = (is: 'on' | 'off') => (values.scan === undefined ? [] : ['--parameters', `Scan=${is}`]);
  const update = (is: 'on' | 'off') => deps.cdk(['deploy', stackName, '--app', assembly, ...scan(is)]);
  await update(isScannerNew ? 'off' : 'on');
  const { outputs } = await stackOf(stackName, place.region);
  if (readValuesFile(file)['protectTable'] === undefined) {
    await protectTables([outputs['TableName'] ?? '', outputs['DetailsTableName'] ?? ''], place.region);
    addValues(file, { protectTable: true });
    deps.say('the tables are protected against deletion from now on: protectTable');
  }
  // By now, the rights of the scanner's role are known everywhere. If it fails, this update alone is rolled back.
  if (isScannerNew) await update('on');
  const parameters = ['--parameters', `DistributionId=${outputs['DistributionId']}`];
  await deps.cdk(['deploy', `${stackName}-Watch`, '--app', assembly, ...parameters]);
  await waitForPerson(values, place, deps);
  deps.say(`deployed: ${values.appOrigin}`);
  await probe(values, outputs, deps);
}

/**
 * Shows what a deployment would change. It changes nothing, and reads no secret, so that a pull request may run it. The
 * CDK compares templates: a change set would need the rights of a deployment.
 */
export async function showDiff(file: string, deps: DeployDeps): Promise<void> {
  await checkFirst(file, deps, [], { withoutSecrets: true });
  const assembly = await deps.build(parseStackValues(readValuesFile(file)));
  await deps.cdk(['diff', '--no-change-set', '--app', assembly]);
}

/** @param told lines that were already said */
async function checkFirst(
  file: string,
  deps: DeployDeps,
  told: string[],
  options: CheckOptions = {},
): Promise<string[]> {
  const findings = await check(readValuesFile(file), deps, options);
  const lines = findings.map(toVerdict);
  for (const line of lines) if (!told.includes(line)) deps.say(line);
  const stops = findings.filter(({ isNote }: Finding) => !isNote).length;
  if (stops > 0)
    throw new DeployError(`correct everything that is named after "stop" (${stops}), then run it again`);
  return lines;
}

async function placeFor(file: string, deps: DeployDeps): Promise<Place> {
  const place = await findPlace(readValuesFile(file));
  if ('account' in place) return place;
  // Says first what else is wrong. A person can then correct everything before the next run.
  await checkFirst(file, deps, []);
  throw new DeployError(toLine(place));
}

/** Waits if a run that was cut off has left CloudFormation at work. */
async function settle(file: string, place: Place, { say, wait }: DeployDeps): Promise<void> {
  const { stackName } = readStackValues(readValuesFile(file)).values;
  if (stackName === undefined) return;
  for (const [name, region] of stacksOf(stackName, place)) {
    for (let isTold = false; ; isTold = true) {
      const stack = await describeStack(name, region);
      if (!isUnderWay(stack)) break;
      if (!isTold) say(`stack ${name} in ${region} is ${stack?.status}: waiting until that has ended`);
      await wait(LOOK_AGAIN_MS);
    }
  }
}

/** @returns whether something was missing */
async function createWhatIsMissing(file: string, place: Place, deps: DeployDeps): Promise<boolean> {
  const raw = readValuesFile(file);
  const values = parseGivenValues(raw, place);
  const { stackName, appOrigin, filesOrigin } = values;
  const creation: Creation = {
    ...deps,
    stackName,
    place,
    tags: values.tags ?? {},
    write: (added) => addValues(file, added),
  };
  if (values.secretArn === undefined) {
    deps.say(`at the provider: redirect URI ${appOrigin}/auth/callback`);
    deps.say(`at the provider: after sign-out ${appOrigin}/auth/signed-out`);
    deps.say(`at the provider, if it has it: back-channel logout ${appOrigin}/auth/backchannel-logout`);
    await createSecret(creation, () =>
      deps.askSecretly(`Client secret of ${values.oidcClientId}, not shown: `),
    );
  }
  if (values.publicKeys === undefined) await createSigningKey(creation, values.signingKmsKeyArn);
  for (const [value, origin] of [
    ['filesCertificateArn', filesOrigin],
    ['appCertificateArn', appOrigin],
  ] as const) {
    if (values[value] === undefined) await createCertificate(creation, value, new URL(origin).hostname);
  }
  if (['reserveSchedule', 'moverConcurrency'].some((name) => raw[name] === undefined)) {
    await reserveInstances(creation, raw);
  }
  const { filesCertificateArn, appCertificateArn, hostedZoneId } = parseStackValues(readValuesFile(file));
  await waitForCertificates(creation, [filesCertificateArn, appCertificateArn], hostedZoneId);
  return MADE.some((name) => values[name] === undefined);
}

async function stackOf(name: string, region: string): Promise<StackState> {
  const stack = await describeStack(name, region);
  if (stack) return stack;
  throw new DeployError(`the stack ${name} is not in ${region}: run it again`);
}

/**
 * Waits for what a person does once the stack is up: the records of the hosts, unless there is a zone, and the policies of
 * a bucket and a key that existed before the stack.
 */
async function waitForPerson(
  values: StackValues,
  place: Place,
  { dns, say, wait }: DeployDeps,
): Promise<void> {
  const { stackName, hostedZoneId } = values;
  const hosts = {
    app: new URL(values.appOrigin).hostname,
    files: new URL(values.filesOrigin).hostname,
    isDomain: false,
  };
  const subject = { values, stackName, place, hosts };
  const stack = await stackOf(stackName, place.region);
  const told = new Set<string>();
  for (;;) {
    const found = await Promise.all([
      checkTargets(hosts, targetsOf(stack.outputs), dns, hostedZoneId),
      checkExistingBucket(subject, stack),
      checkFilesKey(subject, stack),
    ]);
    const lines = found.flat().map(toLine);
    if (lines.length === 0) return;
    for (const line of lines) if (!told.has(line)) say(line);
    for (const line of lines) told.add(line);
    await wait(LOOK_AGAIN_MS);
  }
}

async function probe(
  values: StackValues,
  outputs: Record<string, string>,
  { say, ...deps }: DeployDeps,
): Promise<void> {
  const env = settingsOf(values, outputs);
  if (values.signingKmsKeyArn === undefined) {
    const command = probeCommand({ ...env, SIGNING_KEY_FILE: '<file of the private key>' });
    return say(`the probe needs the signing key, which only you have: ${command}`);
  }
  await deps.probe(env, probeCommand(env));
}

/** The command as a person types it. */
function probeCommand(env: Record<string, string>): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  return `${settings.join(' ')} npm run gateway -- probe`;
}
