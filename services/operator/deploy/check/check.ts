import { generateKeyPairSync } from 'node:crypto';
import { readStackValues, type StackValues } from '../../../../infra/values.ts';
import type { Around } from '../around/around.ts';
import type { Dns } from '../around/dns.ts';
import { type Finding, fromFault } from '../around/finding.ts';
import { findPlace, type Place, placeOfValues } from '../around/place.ts';
import { describeStack, isFree } from '../around/stacks.ts';
import { checkCertificates } from './certificates.ts';
import { checkDns, checkTargets } from './dns.ts';
import { checkIssuer } from './issuer.ts';
import { checkNames } from './names.ts';
import { checkConcurrency } from './quotas.ts';
import { checkSecret } from './secret.ts';
import { checkSigningKey } from './signing-key.ts';
import { checkBucket, checkStacks } from './stack.ts';
import { hostValue, type Subject } from './subject.ts';
import { checkWebAcl } from './web-acl.ts';
import { checkZone } from './zone.ts';

/**
 * Finds everything that is wrong before a deployment: first with the values alone, then in AWS, at the provider and in
 * DNS. The values that `npm run deploy` makes may be missing.
 */
export async function check(raw: Record<string, unknown>, { dns, fetch }: Around): Promise<Finding[]> {
  const found = await findPlace(raw);
  const place = 'account' in found ? found : undefined;
  const { values, faults } = readStackValues(withStandIns(raw, place ?? placeOfValues(raw)));
  // For `publicKeys[0].pem` it is `publicKeys`.
  const blames = new Set(faults.map(({ path }) => path.replace(/[[.].*/, '')));
  const isGiven = (name: string) => raw[name] !== undefined && !blames.has(name);
  const isHostGiven = (name: 'appOrigin' | 'filesOrigin') => isGiven('domain') || isGiven(name);
  const hosts = {
    ...(isHostGiven('appOrigin') ? { app: new URL(values.appOrigin).hostname } : {}),
    ...(isHostGiven('filesOrigin') ? { files: new URL(values.filesOrigin).hostname } : {}),
  };
  const [inAws, atProvider, inDns] = await Promise.all([
    place ? checkAws({ values, isGiven, place, hosts }, dns) : 'account' in found ? [] : [found],
    isGiven('oidcIssuer') ? checkIssuer(values.oidcIssuer, fetch) : [],
    checkDns(hosts, dns, hostValue({ isGiven }, 'app')),
  ]);
  return [...faults.map(fromFault), ...recommended(raw), ...inAws, ...atProvider, ...inDns];
}

/** A deployment can do without it, and is then silent about its faults. */
function recommended(raw: Record<string, unknown>): Finding[] {
  if (raw['alarmEmail'] !== undefined) return [];
  const problem = 'is missing: no alarm is sent to anybody';
  const what = 'add the address of those who operate it, and confirm the two mails that it gets';
  return [{ value: 'alarmEmail', problem, do: what, isNote: true }];
}

async function checkAws(subject: Subject, dns: Dns): Promise<Finding[]> {
  const { values, place, hosts } = subject;
  // If CloudFormation does not answer, checkStacks reports it.
  const stack = await describeStack(values.stackName, place.region).catch(() => undefined);
  const isFirst = isFree(stack);
  const targets = targetsOf(stack?.outputs ?? {});
  const found = await Promise.all([
    checkCertificates(subject),
    checkSecret(subject),
    checkSigningKey(subject),
    checkZone(subject, dns, isFirst),
    checkStacks(subject),
    checkBucket(subject, stack),
    isFirst ? checkNames(subject) : [],
    checkConcurrency(subject, isFirst),
    isFirst ? [] : checkWebAcl(subject, stack),
    targets.files === '' ? [] : checkTargets(hosts, targets, dns, values.hostedZoneId),
  ]);
  return found.flat();
}

/** The names to which the hosts must lead. */
export function targetsOf({ FilesHostTarget = '', AppHostTarget = '' }: Record<string, string>) {
  return { files: FilesHostTarget, app: AppHostTarget };
}

/** The values that `npm run deploy` makes if they are missing. */
export const MADE = [
  'secretArn',
  'publicKeys',
  'appCertificateArn',
  'filesCertificateArn',
] as const satisfies (keyof StackValues)[];

/** Fills in a value of the right form for everything that is made later, so that it causes no fault. */
export function withStandIns(raw: Record<string, unknown>, place: Partial<Place>): Record<string, unknown> {
  const { account = '123456789012', region = 'us-east-1' } = place;
  const certificate = (where: string) =>
    `arn:aws:acm:${where}:${account}:certificate/00000000-0000-0000-0000-000000000000`;
  const standIns: Record<(typeof MADE)[number], () => unknown> = {
    secretArn: () => `arn:aws:secretsmanager:${region}:${account}:secret:to-be-made-000000`,
    publicKeys: () => [{ name: 'to-be-made', pem: anyPublicPem() }],
    appCertificateArn: () => certificate(region),
    filesCertificateArn: () => certificate('us-east-1'),
  };
  const missing = MADE.filter((name) => raw[name] === undefined);
  return { ...raw, ...Object.fromEntries(missing.map((name) => [name, standIns[name]()])) };
}

function anyPublicPem(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
