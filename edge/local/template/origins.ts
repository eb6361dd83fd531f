import { type CorsRule, readCorsRules } from './cors.ts';
import { Unresolved } from './intrinsics.ts';
import * as Type from './schema.ts';
import { listOf, recordAt, textsOf } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';

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
  /** The timeout for the first byte, and from each byte to the next. */
  responseTimeoutSeconds: number;
}

/** The target of a behavior's requests: one origin, or a group of two. */
export interface OriginTarget {
  primary: OriginSettings;
  /** The second origin gets the request if the first one fails, or answers with one of these statuses. */
  failover?: { secondary: OriginSettings; statuses: readonly number[] };
}

/** Whether the access control signs requests. */
const accessControl = Type.reference(
  'AWS::CloudFront::OriginAccessControl',
  'requests are signed',
  Type.configOf(
    Type.map(
      Type.object({
        Name: Type.withoutEffect('a name for people'),
        Description: Type.withoutEffect('words for people'),
        SigningProtocol: Type.oneOf(['sigv4']),
        // The types besides S3 are accepted. Their requests go out unsigned, since no server on this machine checks
        // such a signature.
        OriginAccessControlOriginType: Type.oneOf(['s3', 'lambda', 'mediastore', 'mediapackagev2']),
        SigningBehavior: Type.oneOf(['always', 'never', 'no-override']),
      }),
      (it) => it.SigningBehavior !== 'never',
    ),
  ),
);

const NAMED_BY_BINDING = Type.withoutEffect('the binding says where the server is');
const SERVER_CONFIG = Type.optional(
  Type.object({
    OriginReadTimeout: Type.seconds(30),
    VpcOriginId: Type.anything,
    OriginKeepaliveTimeout: Type.withoutEffect('an idle connection costs nobody anything here'),
    HTTPPort: NAMED_BY_BINDING,
    HTTPSPort: NAMED_BY_BINDING,
    OriginProtocolPolicy: NAMED_BY_BINDING,
    OriginSSLProtocols: NAMED_BY_BINDING,
    IpAddressType: NAMED_BY_BINDING,
  }),
);

/** With CloudFront's defaults (DG: origin settings). */
const ORIGIN = Type.object({
  Id: Type.text(),
  /** Empty if it cannot be resolved. A binding may have the origin's id. */
  DomainName: (field) => (field.value instanceof Unresolved ? '' : Type.text()(field)),
  OriginPath: Type.checked(Type.text(''), (path) =>
    /^(?:\/.*[^/])?$/.test(path) ? undefined : `${path} does not begin with a slash, or ends with one`,
  ),
  OriginCustomHeaders: Type.map(
    Type.list(Type.object({ HeaderName: Type.text(), HeaderValue: Type.text() }), []),
    (headers) => Object.fromEntries(headers.map((one) => [one.HeaderName.toLowerCase(), one.HeaderValue])),
  ),
  ConnectionAttempts: Type.oneOf([3, 2, 1], 3),
  ConnectionTimeout: Type.withoutEffect('a server on this machine takes or refuses a connection at once'),
  OriginAccessControlId: (field) =>
    (field.value ?? '') === '' ? undefined : (accessControl(field) ?? typeof field.value === 'string'),
  S3OriginConfig: Type.optional(
    Type.object({ OriginReadTimeout: Type.seconds(30), OriginAccessIdentity: Type.anything }),
  ),
  CustomOriginConfig: SERVER_CONFIG,
  VpcOriginConfig: SERVER_CONFIG,
  OriginShield: Type.withoutEffect('there is one cache: that of this machine'),
  ResponseCompletionTimeout: Type.withoutEffect('the response timeout tells a server that hangs'),
});

/** An origin by its id. One that cannot be used has no settings. */
export type OriginEntry = [id: string, settings: OriginSettings | undefined];

export function originWith(bindings: Readonly<Record<string, OriginBinding>>): Type.Schema<OriginEntry> {
  return (field) => {
    const { template } = field.context;
    const read = ORIGIN(field);
    const { Id: id, DomainName: domainName, S3OriginConfig: s3 } = read;
    const [config, ...others] = [s3, read.CustomOriginConfig, read.VpcOriginConfig].filter(Boolean);
    if (!config || others.length > 0)
      Type.fault(
        Type.member(field, 'S3OriginConfig'),
        'one of it, CustomOriginConfig and VpcOriginConfig is needed',
      );
    const isS3 = s3 !== undefined;
    const bucket = bucketIn(domainName);
    const binding = bindings[domainName] ?? bindings[id] ?? bindings[bucket];
    if (!binding) {
      reportUnbound(field, { id, isS3, domainName });
      return [id, undefined];
    }
    const place = 'endpoint' in binding ? binding.endpoint : 'url' in binding ? binding.url : '';
    if (!/^(?:http:\/\/|$)/.test(place))
      Type.fault(bindingField(field, domainName || id), `${place} must be plain http`);
    const hasAccess = read.OriginAccessControlId ?? (s3?.OriginAccessIdentity ?? '') !== '';
    const settings: OriginSettings = {
      ...{ id, domainName, binding, isS3, path: read.OriginPath, customHeaders: read.OriginCustomHeaders },
      cors: readCorsRules(template.ofType('AWS::S3::Bucket').find(({ ref }) => ref === bucket)?.properties),
      isSigned: isS3 && hasAccess,
      isListable: isS3 && mayList(template, bucket, hasAccess),
      connectionAttempts: read.ConnectionAttempts,
      responseTimeoutSeconds: config?.OriginReadTimeout ?? 30,
    };
    return [id, settings];
  };
}

function bindingField(field: Type.Field, name: string): Type.Field {
  return { ...field, path: `bindings.origins["${name}"]` };
}

function reportUnbound(
  field: Type.Field,
  { id, isS3, domainName }: { id: string; isS3: boolean; domainName: string },
): void {
  const bucket = bucketIn(domainName);
  const isBucket = isS3 || bucket !== domainName;
  // The domain name is not known, so nobody could bind it.
  if (isS3 && domainName === '') Type.text()(Type.member(field, 'DomainName'));
  else
    Type.fault(
      bindingField(field, isBucket ? domainName : domainName || id),
      `it is missing${isS3 ? '' : `, for the origin ${id}`}`,
      isBucket ? { option: 'bucket', name: bucket } : { option: 'origin', name: id },
    );
}

/** The bucket in a domain name of S3, also of its website. Any other domain name comes back whole. */
export function bucketIn(domainName: string): string {
  return domainName.replace(/\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com$/, '');
}

/** Whether a bucket policy of the template grants `s3:ListBucket`, to everybody or to CloudFront if it signs. */
function mayList(template: ResolvedTemplate, bucket: string, hasAccess: boolean): boolean {
  const policies = template
    .ofType('AWS::S3::BucketPolicy')
    .filter((one) => one.properties['Bucket'] === bucket);
  return policies.some(({ properties }) =>
    listOf(recordAt(properties, 'PolicyDocument')['Statement']).some((statement) => {
      const { Effect, Action, Principal } = recordAt(statement);
      const isList = textsOf(Action).some((action) => /^(?:s3:)?(?:\*|List\*|ListBucket)$/.test(action));
      const principal = JSON.stringify(Principal);
      const isMeant = hasAccess
        ? /cloudfront|CloudFront|\*/.test(principal)
        : /^(?:\{"AWS":)?"\*"\}?$/.test(principal);
      return Effect === 'Allow' && isList && isMeant;
    }),
  );
}
