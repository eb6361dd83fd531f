import { Unresolved } from './intrinsics.ts';
import { isRecord, type ShapeReader } from './shape.ts';
import { type ResolvedTemplate, referred } from './template.ts';

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
const DEFAULT_CONNECTION_ATTEMPTS = 3;
const DEFAULT_CONNECTION_TIMEOUT_SECONDS = 10;
const DEFAULT_RESPONSE_TIMEOUT_SECONDS = 30;

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

/** Reads every origin, by its id. A fault of one origin does not hide the faults of the others. */
export function readOrigins(
  shape: ShapeReader,
  template: ResolvedTemplate,
  bindings: Readonly<Record<string, OriginBinding>>,
  rawOrigins: unknown,
): ReadonlyMap<string, OriginSettings> {
  const origins = new Map<string, OriginSettings>();
  for (const [index, raw] of shape.list(rawOrigins, 'Distribution.Origins').entries()) {
    const origin = readOrigin(shape, template, bindings, raw, `Distribution.Origins[${index}]`);
    if (origin) origins.set(origin.id, origin);
  }
  return origins;
}

function readOrigin(
  shape: ShapeReader,
  template: ResolvedTemplate,
  bindings: Readonly<Record<string, OriginBinding>>,
  raw: unknown,
  at: string,
): OriginSettings | undefined {
  const origin = shape.object(
    raw,
    at,
    [
      ...['Id', 'DomainName', 'OriginAccessControlId', 'S3OriginConfig', 'CustomOriginConfig'],
      ...['VpcOriginConfig', 'OriginPath', 'OriginCustomHeaders', 'ConnectionAttempts', 'ConnectionTimeout'],
    ],
    WITHOUT_EFFECT,
  );
  const id = shape.text(origin['Id'], `${at}.Id`);
  const kinds = ['S3OriginConfig', 'CustomOriginConfig', 'VpcOriginConfig'].filter((kind) => origin[kind]);
  const [kind = 'S3OriginConfig'] = kinds;
  if (kinds.length !== 1) {
    shape.fault(
      `${at}: one of S3OriginConfig, CustomOriginConfig and VpcOriginConfig is needed, not ${kinds.length}`,
    );
  }
  const isS3 = kind === 'S3OriginConfig';
  const config = shape.object(
    origin[kind] ?? {},
    `${at}.${kind}`,
    isS3 ? ['OriginAccessIdentity', 'OriginReadTimeout'] : ['OriginReadTimeout', 'VpcOriginId'],
    isS3 ? {} : CUSTOM_WITHOUT_EFFECT,
  );
  const attempts = shape.oneOf(
    origin['ConnectionAttempts'] ?? DEFAULT_CONNECTION_ATTEMPTS,
    `${at}.ConnectionAttempts`,
    [1, 2, 3],
  );
  const rawPath = shape.text(origin['OriginPath'] ?? '', `${at}.OriginPath`);
  if (!/^(?:\/.*[^/])?$/.test(rawPath)) {
    shape.fault(`${at}.OriginPath: ${rawPath} does not begin with a slash, or ends with one`);
  }
  const access = accessOf(
    shape,
    template,
    origin['OriginAccessControlId'],
    config['OriginAccessIdentity'],
    at,
  );
  const domainName =
    origin['DomainName'] instanceof Unresolved ? '' : shape.text(origin['DomainName'], `${at}.DomainName`);
  const settings = {
    ...{ id, domainName, isS3, path: rawPath, isSigned: isS3 && access !== undefined },
    isListable: isS3 && mayList(template, bucketIn(domainName), access),
    customHeaders: customHeaders(shape, origin['OriginCustomHeaders'] ?? [], `${at}.OriginCustomHeaders`),
    connectionAttempts: attempts ?? DEFAULT_CONNECTION_ATTEMPTS,
    connectionTimeoutSeconds: shape.seconds(
      origin['ConnectionTimeout'],
      `${at}.ConnectionTimeout`,
      DEFAULT_CONNECTION_TIMEOUT_SECONDS,
    ),
    responseTimeoutSeconds: shape.seconds(
      config['OriginReadTimeout'],
      `${at}.${kind}.OriginReadTimeout`,
      DEFAULT_RESPONSE_TIMEOUT_SECONDS,
    ),
  };
  const binding = bindings[domainName] ?? bindings[id] ?? bindings[bucketIn(domainName)];
  if (binding) {
    const place = 'endpoint' in binding ? binding.endpoint : 'url' in binding ? binding.url : '';
    if (!/^(?:http:\/\/|$)/.test(place))
      shape.fault(`bindings.origins[${domainName || id}]: ${place} must be plain http`);
    return { ...settings, binding };
  }
  shape.fault(`bindings.origins has no ${domainName || id}${isS3 ? '' : ` (origin ${id})`}`);
  return undefined;
}

/** The bucket in a domain name of S3, also of its website. Any other domain name comes back whole. */
export function bucketIn(domainName: string): string {
  return domainName.replace(/\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com$/, '');
}

function customHeaders(shape: ShapeReader, raw: unknown, at: string): Record<string, string> {
  return Object.fromEntries(
    shape.list(raw, at).map((rawItem, index) => {
      const item = shape.object(rawItem, `${at}[${index}]`, ['HeaderName', 'HeaderValue']);
      const name = shape.text(item['HeaderName'], `${at}[${index}].HeaderName`);
      return [name.toLowerCase(), shape.text(item['HeaderValue'], `${at}[${index}].HeaderValue`)];
    }),
  );
}

/** How requests to an S3 origin are made: signed by its access control, signed by the older identity, or anonymous. */
export type Access = 'control' | 'identity' | undefined;

export function accessOf(
  shape: ShapeReader,
  template: ResolvedTemplate,
  controlId: unknown,
  identity: unknown,
  at: string,
): Access {
  const isNone = controlId === undefined || controlId === '';
  if (!isNone)
    return readAccessControl(shape, template, controlId, `${at}.OriginAccessControlId`)
      ? 'control'
      : undefined;
  return identity === undefined || identity === '' ? undefined : 'identity';
}

/** Whether the access control signs requests. */
function readAccessControl(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  refPath: string,
): boolean {
  const control = referred(shape, template, 'AWS::CloudFront::OriginAccessControl', ref, refPath);
  if (!control) return false;
  const path = 'OriginAccessControl';
  const outer = shape.object(control.properties, path, ['OriginAccessControlConfig']);
  const modelled = ['OriginAccessControlOriginType', 'SigningBehavior', 'SigningProtocol'];
  const words = { Name: 'a name for people', Description: 'words for people' };
  const config = shape.object(outer['OriginAccessControlConfig'], path, modelled, words);
  shape.oneOf(config['SigningProtocol'], `${path}.SigningProtocol`, ['sigv4']);
  // The types besides S3 are accepted. Their requests go out unsigned, since no server on this machine checks such a
  // signature.
  const types = ['s3', 'lambda', 'mediastore', 'mediapackagev2'];
  shape.oneOf(config['OriginAccessControlOriginType'], `${path}.OriginAccessControlOriginType`, types);
  const behaviors = ['always', 'never', 'no-override'] as const;
  const behavior = shape.oneOf(config['SigningBehavior'], `${path}.SigningBehavior`, behaviors);
  return behavior === 'always' || behavior === 'no-override';
}

/**
 * Whether a bucket policy of the template grants `s3:ListBucket`. For unsigned requests it must grant that to
 * everybody.
 */
export function mayList(template: ResolvedTemplate, bucket: string, access: Access): boolean {
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
    ? /^(?:"\*"|\{"AWS":"\*"\})$/.test(principal)
    : /cloudfront|CloudFront|\*/.test(principal);
}
