import { readStackValues } from '@cloudfront-cookie-gateway/infra/values';
import { MADE } from '@cloudfront-cookie-gateway/infra/values-schema';
import { createDns, type Dns } from '../aws/dns.ts';
import { type Finding, fromFault, look, toJson, toVerdict } from '../aws/finding.ts';
import { findPlace, placeOfValues } from '../aws/place.ts';
import { describeStack, isFree, type StackState } from '../aws/stacks.ts';
import { readValuesFile } from '../aws/values-file.ts';
import { checkExistingBucket, checkFilesKey } from './bucket.ts';
import { checkDns, checkTargets, checkZone } from './dns.ts';
import { checkInstances } from './instances.ts';
import { checkIssuer } from './issuer.ts';
import { checkSecret, checkSigningKey } from './keys.ts';
import { checkBucket, checkWebAcl } from './stack.ts';
import type { Subject } from './subject.ts';

/** The world outside AWS. */
export interface Network {
  dns: Dns;
  fetch: typeof fetch;
}

/** `withoutSecrets` reads no value of a secret, so it needs no right to one. */
export interface CheckOptions {
  withoutSecrets?: boolean;
}

/**
 * `gateway check <values.json> [--json]`: one line for each finding.
 * @throws ValuesFileError if there are no values to check
 */
export async function checkCommand(file: string, isJson: boolean): Promise<string[]> {
  const network = { dns: createDns(), fetch };
  return (await check(readValuesFile(file), network)).map(isJson ? toJson : toVerdict);
}

/**
 * Finds everything that is wrong before a deployment: first with the values alone, then in AWS, at the provider and in
 * DNS. The values that `npm run deploy` makes may be missing.
 */
export async function check(
  raw: Record<string, unknown>,
  { dns, fetch }: Network,
  options: CheckOptions = {},
): Promise<Finding[]> {
  const found = await findPlace(raw);
  const place = 'account' in found ? found : undefined;
  const { values, faults } = readStackValues(raw, { made: MADE, place: place ?? placeOfValues(raw) });
  const { appOrigin, filesOrigin, stackName, oidcIssuer } = values;
  const hosts = {
    ...(appOrigin === undefined ? {} : { app: new URL(appOrigin).hostname }),
    ...(filesOrigin === undefined ? {} : { files: new URL(filesOrigin).hostname }),
    isDomain: raw['domain'] !== undefined,
  };
  const [inAws, atProvider, inDns] = await Promise.all([
    place && stackName !== undefined ? checkAws({ values, stackName, place, hosts }, dns, options) : [],
    oidcIssuer === undefined ? [] : checkIssuer(oidcIssuer, fetch),
    checkDns(hosts, dns),
  ]);
  const noPlace = 'account' in found ? [] : [found];
  return [...faults.map(fromFault), ...recommended(raw), ...noPlace, ...inAws, ...atProvider, ...inDns];
}

/** A deployment can do without it, and is then silent about its faults. */
function recommended(raw: Record<string, unknown>): Finding[] {
  if (raw['alarmEmail'] !== undefined) return [];
  const problem = 'is missing: no alarm is sent to anybody';
  const what = 'add the address of those who operate it, and confirm the two mails that it gets';
  return [{ value: 'alarmEmail', problem, do: what, isNote: true }];
}

async function checkAws(
  subject: Subject,
  dns: Dns,
  { withoutSecrets = false }: CheckOptions,
): Promise<Finding[]> {
  const { values, stackName, place, hosts } = subject;
  let stack: StackState | undefined;
  const resource = `stack ${stackName}`;
  const unread = await look({ resource }, 'cloudformation:DescribeStacks', async () => {
    stack = await describeStack(stackName, place.region);
    return [];
  });
  const isFirst = isFree(stack);
  const targets = targetsOf(stack?.outputs ?? {});
  const found = await Promise.all([
    withoutSecrets ? [] : checkSecret(subject),
    checkSigningKey(subject),
    checkZone(subject, dns),
    checkBucket(subject, stack),
    checkExistingBucket(subject, stack),
    checkFilesKey(subject, stack),
    checkInstances(subject),
    isFirst ? [] : checkWebAcl(subject, stack),
    targets.files === '' ? [] : checkTargets(hosts, targets, dns, values.hostedZoneId),
  ]);
  return [...unread, ...found.flat()];
}

/** The names to which the hosts must lead. */
export function targetsOf({ FilesHostTarget = '', AppHostTarget = '' }: Record<string, string>) {
  return { files: FilesHostTarget, app: AppHostTarget };
}
