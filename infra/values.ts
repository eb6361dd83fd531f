import { nativeClientsFault, teamClaimFault } from '@cloudfront-cookie-gateway/auth/settings/environment';
import { isPublicSuffix } from '@cloudfront-cookie-gateway/auth/settings/public-suffix';
import {
  type Fault,
  kindOf,
  type ReportFault,
  schemaFaults,
  withDefaults,
} from '@cloudfront-cookie-gateway/auth/settings/schema';
import { issuerFault } from '@cloudfront-cookie-gateway/core/issuer';
import {
  faultLine,
  isDevelopmentOrigin,
  ORIGIN_OPTIONS,
  originFaults,
} from '@cloudfront-cookie-gateway/core/origins';
import { oneSpelling } from './public-keys.ts';
import { settingsFault } from './service-settings.ts';
import {
  DomainSchema,
  FilesHostSchema,
  type FilesHostValues,
  MADE,
  type Made,
  StackSchema,
  type StackValues,
  withBounds,
} from './values-schema.ts';

export type { Fault, StackValues };

/** The region of CloudFront's certificates, web ACLs, metrics and logs. */
export const EDGE_REGION = 'us-east-1';

/** The account of the local stack. AWS gives it to nobody. */
const LOCAL_ACCOUNT = '000000000000';

/** The values without those that have a fault. */
export type SoundValues = Partial<StackValues>;

/** Values of which `npm run deploy` still has to make some. */
export type GivenValues = Omit<StackValues, Made> & Partial<Pick<StackValues, Made>>;

/** The account and region of a stack. */
export interface Place {
  account: string;
  region: string;
}

/** Checks values that a person wrote (a parsed JSON file). Throws one error that lists every fault. */
export function parseStackValues(raw: unknown): StackValues {
  const { values, faults } = readStackValues(raw);
  throwFaults(faults);
  return values as StackValues;
}

/**
 * The same before `npm run deploy` has made what is missing.
 * @param place of the stack, which `secretArn` otherwise names
 */
export function parseGivenValues(raw: unknown, place: Place): GivenValues {
  const { values, faults } = readStackValues(raw, { made: MADE, place });
  throwFaults(faults);
  return values as GivenValues;
}

/**
 * The values that have no fault, and every fault.
 * @param options.made values that may be missing, since they are made later
 * @param options.place of the stack, as far as it is known; `secretArn` otherwise names it
 * @throws Error if the values are not one object
 */
export function readStackValues(
  raw: unknown,
  { made = [], place = {} }: { made?: readonly Made[]; place?: Partial<Place> } = {},
): { values: SoundValues; faults: Fault[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error('The values must be one JSON object; docs/deploy.md shows it.');
  }
  // An editor finds the schema by `$schema`.
  const { $schema: _, domain, ...given } = raw as Record<string, unknown>;
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(StackSchema.properties, name));
  const ofDomain = domain === undefined ? [] : domainFaults(domain, given);
  const origins = domain === undefined ? {} : originsOf(domain);
  const read = readValues<SoundValues>(StackSchema, { ...given, ...origins }, (values, fault) => {
    checkFilesHost(values, fault);
    checkProvider(values, fault);
    checkTeams(values, fault);
    if (values.backup && values.keepDeletedDays === 0)
      fault('backup', 'needs keepDeletedDays of 1 or more: AWS Backup copies only buckets with versions');
    checkPlaces(values, place, fault);
    const tooLarge = settingsFault(values);
    if (tooLarge) fault(tooLarge.path, tooLarge.message);
  });
  const faults = read.faults.filter(
    ({ path, kind }) => kind !== 'missing' || !made.some((name) => name === path),
  );
  return {
    values: read.values,
    faults: [
      ...unknown.map((path): Fault => ({ path, message: 'is not a value of this stack', kind: 'unknown' })),
      ...ofDomain,
      ...(domain === undefined ? faults : faults.flatMap((fault) => forDomain(fault, ofDomain.length > 0))),
    ],
  };
}

/**
 * Reads the values of the files host alone.
 * @throws Error that lists every fault
 */
export function parseFilesHostValues(raw: object): FilesHostValues {
  const { values, faults } = readValues<Partial<FilesHostValues>>(FilesHostSchema, raw, checkFilesHost);
  throwFaults(faults);
  return values as FilesHostValues;
}

function throwFaults(faults: Fault[]): void {
  if (faults.length > 0) throw new Error(faults.map(faultLine).join('\n'));
}

/** Reads by the schema first. The rules then see only values that have their form. */
function readValues<T extends Partial<FilesHostValues>>(
  schema: typeof FilesHostSchema | typeof StackSchema,
  raw: object,
  checkRules: (values: T, fault: ReportFault) => void,
): { values: T; faults: Fault[] } {
  const given = withDefaults(schema, raw);
  const faults = schemaFaults(withBounds(schema, kindOf(given['appOrigin'])), given);
  const sound = () => {
    const blamed = faults.map(({ path }) => path.replace(/[[.].*/, ''));
    const names = Object.keys(schema.properties).filter((name) => name in given && !blamed.includes(name));
    return Object.fromEntries(names.map((name) => [name, given[name]])) as T;
  };
  checkRules(sound(), (path, message) => faults.push({ path, message, kind: 'wrong' }));
  const values = sound();
  if (values.publicKeys) values.publicKeys = values.publicKeys.map(oneSpelling);
  return { values, faults };
}

/** The characters of the first name of a certificate (ACM API Reference, RequestCertificate, DomainName). */
const LONGEST_HOST = 64;

function originsOf(domain: unknown): Record<'appOrigin' | 'filesOrigin', string> {
  return { appOrigin: `https://${domain}`, filesOrigin: `https://files.${domain}` };
}

function domainFaults(domain: unknown, given: Record<string, unknown>): Fault[] {
  const faults = schemaFaults(DomainSchema, domain, 'domain');
  const fault = (message: string) => faults.push({ path: 'domain', message, kind: 'wrong' });
  if (given['appOrigin'] !== undefined || given['filesOrigin'] !== undefined) {
    fault('stands for appOrigin and filesOrigin: leave these two out, or domain');
  }
  const longest = LONGEST_HOST - 'files.'.length;
  if (faults.length === 0 && String(domain).length > longest) {
    fault(`has more than ${longest} characters: ACM makes no certificate for files.<domain>`);
  }
  return faults;
}

/**
 * A fault for a person who gave `domain`, and no origins. A fault of `appOrigin` gets the name `domain`. A fault of
 * `filesOrigin` would only repeat it, and both would repeat a fault of `domain` itself.
 */
function forDomain(fault: Fault, isDomainWrong: boolean): Fault[] {
  if (fault.path === 'filesOrigin' || (fault.path === 'appOrigin' && isDomainWrong)) return [];
  return [fault.path === 'appOrigin' ? { ...fault, path: 'domain' } : fault];
}

function checkFilesHost(
  { appOrigin, filesOrigin, publicKeys, scan, serveNotScanned }: Partial<FilesHostValues>,
  fault: ReportFault,
): void {
  if (serveNotScanned && scan === undefined)
    fault('serveNotScanned', 'is for scan: without it, all is served');
  if (appOrigin !== undefined && filesOrigin !== undefined) {
    const found = originFaults(appOrigin, filesOrigin, isPublicSuffix, ORIGIN_OPTIONS);
    for (const { path, message } of found) fault(path, message);
  }
  for (const [name, origin = ''] of Object.entries({ appOrigin, filesOrigin })) {
    if (!URL.canParse(origin) || isDevelopmentOrigin(origin)) continue;
    const { hostname, port } = new URL(origin);
    if (port !== '' || schemaFaults(DomainSchema, hostname).length > 0) {
      fault(name, 'must be a host name of a domain, without a port: AWS listens on 443 alone');
    } else if (hostname.length > LONGEST_HOST) {
      fault(name, `has a host of more than ${LONGEST_HOST} characters: ACM makes no certificate for it`);
    }
  }
  const names = publicKeys?.map(({ name }) => name) ?? [];
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index) fault(`publicKeys[${index}].name`, 'is that of another key');
  }
}

function checkProvider(
  { oidcIssuer, userIdIssuer, oidcClientId, nativeClientIds = [] }: SoundValues,
  fault: ReportFault,
): void {
  const native = nativeClientsFault(nativeClientIds, oidcClientId);
  if (native !== undefined) fault('nativeClientIds', native);
  for (const [name, issuer] of Object.entries({ oidcIssuer, userIdIssuer })) {
    const message = issuer === undefined ? undefined : issuerFault(issuer);
    if (message !== undefined) fault(name, message);
  }
}

function checkTeams(
  { teams, teamClaim, userIdClaim, edgeCredential }: SoundValues,
  fault: ReportFault,
): void {
  if (edgeCredential === 'trusted' && teams !== undefined && teams !== 'off') {
    fault(
      'teams',
      'must be off, or left out, with edgeCredential trusted: the edge could not refuse a removed member',
    );
  }
  const ofClaim = teamClaimFault(teams, teamClaim, userIdClaim);
  if (ofClaim !== undefined) fault('teamClaim', ofClaim);
}

/** The values that name a resource in AWS. */
const ARNS = [
  'secretArn',
  'appCertificateArn',
  'filesCertificateArn',
  'signingKmsKeyArn',
  'kmsKeyArn',
  'permissionsBoundaryArn',
  'webAclArn',
] as const satisfies (keyof StackValues)[];
/** These need not be in the region of the stack: CloudFront's are in us-east-1, and IAM has no regions. */
const OF_NO_REGION: string[] = ['filesCertificateArn', 'webAclArn', 'permissionsBoundaryArn'];

/** Everything must be in the account and region of the stack, and what belongs to CloudFront in us-east-1. */
function checkPlaces(values: SoundValues, place: Partial<Place>, fault: ReportFault): void {
  const stack = values.secretArn?.startsWith('arn:aws:') ? placeOfArn(values.secretArn) : place;
  for (const name of ARNS) {
    const arn = values[name];
    if (arn === undefined) continue;
    const { account, region } = placeOfArn(arn);
    if (!arn.startsWith('arn:aws:')) {
      fault(name, 'belongs to China or GovCloud, where CloudFront has no functions');
    } else if (name === 'filesCertificateArn' && region !== EDGE_REGION) {
      fault(name, 'must be an ACM certificate in us-east-1: CloudFront takes no other');
    } else if (name === 'webAclArn' && (region !== EDGE_REGION || !arn.includes(':global/'))) {
      fault(name, 'must be a web ACL of global scope, and so in us-east-1: CloudFront takes no other');
    } else if (stack.account !== undefined && account !== stack.account && account !== 'aws') {
      fault(name, 'must be in the account of secretArn');
    } else if (stack.region !== undefined && region !== stack.region && !OF_NO_REGION.includes(name)) {
      fault(name, 'must be in the region of secretArn, where the stack is');
    }
  }
  if (stack.account === LOCAL_ACCOUNT) return;
  const { appOrigin, filesOrigin, oidcIssuer } = values;
  for (const [name, origin = ''] of Object.entries({ appOrigin, filesOrigin, oidcIssuer })) {
    if (isDevelopmentOrigin(origin)) {
      fault(name, 'must be public: localhost and .test are for the local stack');
    }
  }
}

/** The account and region to which the stack is deployed. */
export function placeOf({ secretArn }: Pick<StackValues, 'secretArn'>): Place {
  return placeOfArn(secretArn);
}

function placeOfArn(arn: string): Place {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}

export function isLocalStack(values: StackValues): boolean {
  return placeOf(values).account === LOCAL_ACCOUNT;
}
