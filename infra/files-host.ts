import { Duration, Validations } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { buildEdgeFunction, type EdgeFunctionName } from '../edge/build.ts';
import { defined } from '../services/auth/domain/defined.ts';
import { isDevelopmentOrigin } from '../services/auth/domain/origins.ts';
import { answerFindings } from './answers.ts';
import { createBucket, letDistributionRead } from './files-bucket.ts';
import { type FilesHostValues, readFilesHostValues } from './files-host-values.ts';
import { type PublicKeyValue, publicKeyId } from './public-keys.ts';
import { responseHeadersPolicy } from './response-headers.ts';

/** How long the edge keeps an object before it asks S3 again, in seconds. */
const EDGE_TTL_SECONDS = 5;

/** The values that have a default. */
type Defaulted = 'cookieLifetimeSeconds' | 'keepDeletedDays' | 'ipv6' | 'edgeCredential';

/** `cookieLifetimeSeconds` must be that of the service that issues the cookies. 900 if it is left out. */
export interface FilesHostProps
  extends Omit<FilesHostValues, Defaulted>,
    Partial<Pick<FilesHostValues, Defaulted>> {
  /** The certificate for the files host's name, in us-east-1 (CloudFront takes no other). */
  certificate: acm.ICertificate;
  /**
   * The beginning of the names in CloudFront. It must be unique in the account. If it is left out, the CDK makes the
   * names.
   */
  name?: string;
}

/**
 * The files host, which the package exports as `./infra`: a private bucket behind a distribution, and the two
 * functions. The distribution has one behavior, and every request must be signed. docs/adopt.md shows its use.
 * `GatewayStack` is made of it.
 */
export class FilesHost extends Construct {
  readonly bucket: s3.Bucket;
  readonly distribution: cloudfront.Distribution;
  /** The keys of the trusted key group, in the order of the props. */
  readonly publicKeys: cloudfront.PublicKey[];
  /** What each user may no longer use. While the store is empty, nobody is revoked. */
  readonly revocations: cloudfront.KeyValueStore;

  /**
   * The props are built into the functions, so only the certificate may be a token.
   * @throws Error that lists every fault of the props, and the errors of `buildEdgeFunction`
   */
  constructor(scope: Construct, id: string, props: FilesHostProps) {
    super(scope, id);
    const faults: string[] = [];
    const values = readFilesHostValues({ ...props }, faults);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    this.bucket = createBucket(this, values);
    const { distribution, publicKeys, revocations } = createDistribution(this, values, this.bucket, props);
    letDistributionRead(this.bucket, distribution);
    this.distribution = distribution;
    this.publicKeys = publicKeys;
    this.revocations = revocations;
  }
}

function createDistribution(
  scope: Construct,
  values: FilesHostValues,
  bucket: s3.Bucket,
  { certificate, name }: Pick<FilesHostProps, 'certificate' | 'name'>,
) {
  /** Names are unique in an account. */
  const named = <T extends object>(suffix: string, toProps: (full: string) => T) =>
    name === undefined ? {} : toProps(`${name}-${suffix}`);
  // In the local stack, the name of a key is its key pair id. No other stack shares its account.
  const publicKeyName = isDevelopmentOrigin(values.appOrigin)
    ? (key: PublicKeyValue) => key.name
    : (key: PublicKeyValue) => (name === undefined ? publicKeyId(key) : `${name}-${publicKeyId(key)}`);
  const publicKeys = values.publicKeys.map(
    (key) =>
      new cloudfront.PublicKey(scope, `PublicKey-${publicKeyId(key)}`, {
        publicKeyName: publicKeyName(key),
        encodedKey: key.pem,
      }),
  );
  const keyGroup = new cloudfront.KeyGroup(scope, 'TrustedKeyGroup', {
    ...named('keys', (keyGroupName) => ({ keyGroupName })),
    items: publicKeys,
  });
  const revocations = new cloudfront.KeyValueStore(scope, 'Revocations', {
    // Another name is another store, and it is empty. Everything that is revoked would open again.
    ...named('revocations', (keyValueStoreName) => ({ keyValueStoreName })),
    comment: 'What each user may no longer use: read by the viewer-request function',
  });
  const cachePolicy = new cloudfront.CachePolicy(scope, 'CachePolicy', {
    ...named('cache', (cachePolicyName) => ({ cachePolicyName })),
    minTtl: Duration.seconds(EDGE_TTL_SECONDS),
    defaultTtl: Duration.seconds(EDGE_TTL_SECONDS),
    maxTtl: Duration.seconds(EDGE_TTL_SECONDS),
    // A parameter in the cache key also reaches S3. So the cache key has only the version, which S3 ignores.
    queryStringBehavior: cloudfront.CacheQueryStringBehavior.allowList('v'),
    cookieBehavior: cloudfront.CacheCookieBehavior.none(),
    headerBehavior: cloudfront.CacheHeaderBehavior.none(),
    // Compression would make ETags weak.
    enableAcceptEncodingGzip: false,
    enableAcceptEncodingBrotli: false,
  });
  const functionOf = (id: string, source: EdgeFunctionName, keyValueStore?: cloudfront.KeyValueStore) =>
    new cloudfront.Function(scope, id, {
      ...named(source, (functionName) => ({ functionName })),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(buildEdgeFunction(source, values)),
      ...defined({ keyValueStore }),
    });
  const originAccess = new cloudfront.S3OriginAccessControl(scope, 'OriginAccess', {
    ...named('origin', (originAccessControlName) => ({ originAccessControlName })),
  });
  const distribution = new cloudfront.Distribution(scope, 'Distribution', {
    comment: 'Files host: one behavior, all of it signed',
    domainNames: [new URL(values.filesOrigin).hostname],
    certificate,
    minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
    httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
    enableIpv6: values.ipv6,
    defaultBehavior: {
      // The CDK's own types do not hold under exactOptionalPropertyTypes, so the cast is needed.
      origin: S3BucketOrigin.withBucketDefaults(bucket as s3.IBucket, {
        originAccessControlId: originAccess.originAccessControlId,
      }),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      cachedMethods: cloudfront.CachedMethods.CACHE_GET_HEAD,
      compress: false,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      trustedKeyGroups: [keyGroup],
      cachePolicy,
      responseHeadersPolicy: responseHeadersPolicy(scope, values, name && `${name}-headers`),
      functionAssociations: [
        {
          eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
          function: functionOf('ViewerRequest', 'viewer-request', revocations),
        },
        {
          eventType: cloudfront.FunctionEventType.VIEWER_RESPONSE,
          function: functionOf('ViewerResponse', 'viewer-response'),
        },
      ],
    },
    errorResponses: [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((httpStatus) => ({
      httpStatus,
      ttl: Duration.seconds(0),
    })),
  });
  answerFindings(distribution, {
    CFR1: 'Users may be in any country.',
    CFR2: 'Every request has to be signed; the deployment decides about a web application firewall and its cost.',
    CFR3: 'Standard logging v2, which the rule does not know, logs requests without query and cookies.',
  });
  if (isDevelopmentOrigin(values.filesOrigin)) {
    Validations.of(distribution).acknowledge({
      id: 'CloudFormation-Validate::E3013',
      reason: 'The local stack has localhost for an alias; it is never deployed',
    });
  }
  return { distribution, publicKeys, revocations };
}
