import { type CorsRule, readCorsRules } from './cors.ts';
import { Unresolved } from './intrinsics.ts';
import {
  fault,
  faultOfUnknown,
  known,
  type Part,
  partOf,
  readList,
  readOneOf,
  readParts,
  readReferred,
  readSeconds,
  readText,
  settingsOf,
} from './reading.ts';
import { isRecord } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';
import type { Help } from './template-error.ts';

/** The real place of an origin. */
export type OriginBinding = S3Binding | FolderBinding | ServerBinding;

/** An S3 endpoint, which gets path-style requests. */
export interface S3Binding {
  /** Plain HTTP, such as `http://localhost:9090`. */
  endpoint: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A folder of this machine, served as S3 serves a bucket. Nothing is ever written to it. */
export interface FolderBinding {
  folder: string;
}

/** A server, such as `http://localhost:4000`. */
export interface ServerBinding {
  url: string;
}

/** An origin as the template describes it, and its real place. */
export interface OriginSettings {
  id: string;
  domainName: string;
  binding: OriginBinding;
  /** Whether requests are signed, by origin access control or by the older identity. */
  isSigned: boolean;
  /**
   * Whether the bucket's policy lets this origin see which keys exist. A missing key is then 404, and otherwise 403.
   */
  isListable: boolean;
  isS3: boolean;
  /** The CORS rules of the bucket, if the template has it. */
  cors: readonly CorsRule[];
  /** The text before the path of each request. It is empty, or has a slash in front and none at the end. */
  path: string;
  customHeaders: Readonly<Record<string, string>>;
  /** The number of tries of a request in all. */
  connectionAttempts: number;
  connectionTimeoutSeconds: number;
  /** The timeout for the first byte, and from each byte to the next. */
  responseTimeoutSeconds: number;
}

/** The target of a behavior's requests: one origin, or a group of two. */
export interface OriginTarget {
  primary: OriginSettings;
  /** The second origin gets the request if the first one fails, or answers with one of these statuses. */
  failover?: { secondary: OriginSettings; statuses: readonly number[] };
}

/** CloudFront's defaults (DG: origin settings). */
const CONNECTION_ATTEMPTS = 3;
const CONNECTION_TIMEOUT_SECONDS = 10;
const RESPONSE_TIMEOUT_SECONDS = 30;

const WITHOUT_EFFECT = {
  OriginShield: 'there is one cache: that of this machine',
  ResponseCompletionTimeout: 'the response timeout tells a server that hangs',
};
const CUSTOM_WITHOUT_EFFECT = {
  OriginKeepaliveTimeout: 'an idle connection costs nobody anything here',
  HTTPPort: 'the binding names the port',
  HTTPSPort: 'the binding names the port',
  OriginProtocolPolicy: 'the binding names the scheme',
  OriginSSLProtocols: 'the binding names the scheme',
  IpAddressType: 'the binding names the address',
};

const MODELLED = [
  'Id',
  'DomainName',
  'OriginAccessControlId',
  'S3OriginConfig',
  'CustomOriginConfig',
  'VpcOriginConfig',
  'OriginPath',
  'OriginCustomHeaders',
  'ConnectionAttempts',
  'ConnectionTimeout',
];

/**
 * Reads every origin, by its id. A fault of one origin does not hide the faults of the others. An origin that cannot be
 * used is undefined.
 */
export function readOrigins(
  config: Part,
  bindings: Readonly<Record<string, OriginBinding>>,
): ReadonlyMap<string, OriginSettings | undefined> {
  const parts = readList(config, 'Origins').map((raw, index) =>
    known(partOf(config.reading, `${config.path}.Origins[${index}]`, raw), MODELLED, WITHOUT_EFFECT),
  );
  return new Map(parts.map((origin) => [readText(origin, 'Id'), readOrigin(origin, bindings)]));
}

function readOrigin(
  origin: Part,
  bindings: Readonly<Record<string, OriginBinding>>,
): OriginSettings | undefined {
  const id = readText(origin, 'Id');
  const { isS3, config } = readKind(origin);
  const path = readText(origin, 'OriginPath', '');
  if (!/^(?:\/.*[^/])?$/.test(path))
    fault(origin, 'OriginPath', `${path} does not begin with a slash, or ends with one`);
  const access = accessOf(origin, config);
  const rawDomain = origin.value['DomainName'];
  const domainName = rawDomain instanceof Unresolved ? '' : readText(origin, 'DomainName');
  const settings = {
    id,
    domainName,
    isS3,
    cors: corsOf(origin.reading.template, bucketIn(domainName)),
    path,
    isSigned: isS3 && access !== undefined,
    isListable: isS3 && mayList(origin.reading.template, bucketIn(domainName), access),
    customHeaders: readCustomHeaders(origin),
    connectionAttempts:
      readOneOf(origin, 'ConnectionAttempts', [1, 2, 3], CONNECTION_ATTEMPTS) ?? CONNECTION_ATTEMPTS,
    connectionTimeoutSeconds: readSeconds(origin, 'ConnectionTimeout', CONNECTION_TIMEOUT_SECONDS),
    responseTimeoutSeconds: readSeconds(config, 'OriginReadTimeout', RESPONSE_TIMEOUT_SECONDS),
  };
  const binding = bindings[domainName] ?? bindings[id] ?? bindings[bucketIn(domainName)];
  const bindingPath = `bindings.origins["${domainName || id}"]`;
  if (!binding && isS3 && rawDomain instanceof Unresolved) {
    faultOfUnknown(origin.reading, `${origin.path}.DomainName`, rawDomain);
    return undefined;
  }
  if (!binding) {
    const ofId = isS3 ? '' : `, for the origin ${id}`;
    const bucket = bucketIn(domainName);
    const help: Help =
      isS3 || bucket !== domainName ? { option: 'bucket', name: bucket } : { option: 'origin', name: id };
    origin.reading.faults.push({ path: bindingPath, message: `it is missing${ofId}`, help });
    return undefined;
  }
  const place = 'endpoint' in binding ? binding.endpoint : 'url' in binding ? binding.url : '';
  if (!/^(?:http:\/\/|$)/.test(place))
    origin.reading.faults.push({ path: bindingPath, message: `${place} must be plain http` });
  return { ...settings, binding };
}

/** The one of three settings that says what kind of origin it is. */
function readKind(origin: Part): { isS3: boolean; config: Part } {
  const kinds = ['S3OriginConfig', 'CustomOriginConfig', 'VpcOriginConfig'];
  const [kind = 'S3OriginConfig', ...others] = kinds.filter((one) => origin.value[one]);
  const raw = origin.value[kind];
  if (!raw || others.length > 0)
    fault(origin, 'S3OriginConfig', 'one of it, CustomOriginConfig and VpcOriginConfig is needed');
  const config = partOf(origin.reading, `${origin.path}.${kind}`, raw ?? {});
  const isS3 = kind === 'S3OriginConfig';
  if (isS3) known(config, ['OriginAccessIdentity', 'OriginReadTimeout']);
  else known(config, ['OriginReadTimeout', 'VpcOriginId'], CUSTOM_WITHOUT_EFFECT);
  return { isS3, config };
}

function corsOf(template: ResolvedTemplate, bucket: string): CorsRule[] {
  return readCorsRules(template.ofType('AWS::S3::Bucket').find(({ ref }) => ref === bucket)?.properties);
}

/** The bucket in a domain name of S3, also of its website. Any other domain name comes back whole. */
export function bucketIn(domainName: string): string {
  return domainName.replace(/\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com$/, '');
}

function readCustomHeaders(origin: Part): Record<string, string> {
  const parts = readParts(origin, 'OriginCustomHeaders', ['HeaderName', 'HeaderValue'], []);
  return Object.fromEntries(
    parts.map((part) => [readText(part, 'HeaderName').toLowerCase(), readText(part, 'HeaderValue')]),
  );
}

/** How requests to an S3 origin are made: signed by its access control, signed by the older identity, or anonymous. */
type Access = 'control' | 'identity' | undefined;

function accessOf(origin: Part, config: Part): Access {
  if ((origin.value['OriginAccessControlId'] ?? '') !== '') return signs(origin) ? 'control' : undefined;
  return (config.value['OriginAccessIdentity'] ?? '') === '' ? undefined : 'identity';
}

/** Whether the access control signs requests. */
function signs(origin: Part): boolean {
  const type = 'AWS::CloudFront::OriginAccessControl';
  const control = readReferred(origin, 'OriginAccessControlId', type, 'requests are signed');
  if (!control) return typeof origin.value['OriginAccessControlId'] === 'string';
  const modelled = ['OriginAccessControlOriginType', 'SigningBehavior', 'SigningProtocol'];
  const words = { Name: 'a name for people', Description: 'words for people' };
  const config = settingsOf(origin.reading, control, modelled, words);
  readOneOf(config, 'SigningProtocol', ['sigv4']);
  // The types besides S3 are accepted. Their requests go out unsigned, since no server on this machine checks such a
  // signature.
  readOneOf(config, 'OriginAccessControlOriginType', ['s3', 'lambda', 'mediastore', 'mediapackagev2']);
  const behavior = readOneOf(config, 'SigningBehavior', ['always', 'never', 'no-override']);
  return behavior === 'always' || behavior === 'no-override';
}

/**
 * Whether a bucket policy of the template grants `s3:ListBucket`. For unsigned requests it must grant that to
 * everybody.
 */
function mayList(template: ResolvedTemplate, bucket: string, access: Access): boolean {
  return template.ofType('AWS::S3::BucketPolicy').some(({ properties }) => {
    const document = properties['PolicyDocument'];
    const statements = isRecord(document) ? [document['Statement']].flat() : [];
    return properties['Bucket'] === bucket && statements.some((statement) => grantsList(statement, access));
  });
}

function grantsList(statement: unknown, access: Access): boolean {
  if (!isRecord(statement) || statement['Effect'] !== 'Allow') return false;
  const actions = [statement['Action']].flat().map(String);
  if (!actions.some((action) => /^(?:s3:)?(?:\*|List\*|ListBucket)$/.test(action))) return false;
  const principal = JSON.stringify(statement['Principal']);
  return access === undefined
    ? ['"*"', '{"AWS":"*"}'].includes(principal)
    : /cloudfront|CloudFront|\*/.test(principal);
}
