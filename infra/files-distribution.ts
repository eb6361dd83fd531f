import { Duration, Validations } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { defined } from '../core/defined.ts';
import { isDevelopmentOrigin } from '../core/origins.ts';
import { buildEdgeFunction, type EdgeFunctionName } from '../edge/build.ts';
import type { FilesHostValues } from './files-host-values.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import { type PublicKeyValue, publicKeyId } from './public-keys.ts';
import { responseHeadersPolicy } from './response-headers.ts';

/** How long the edge keeps an object before it asks S3 again, in seconds. */
const EDGE_TTL_SECONDS = 5;

/**
 * The distribution of the files host: one behavior, all of it signed. Also what belongs to it: the trusted keys, the
 * cache policy, both functions with the store of revocations, and the origin access control, by which CloudFront signs
 * each request to S3.
 */
export function createDistribution(
  scope: Construct,
  values: FilesHostValues,
  bucket: s3.Bucket,
  { certificate, name }: { certificate: acm.ICertificate; name?: string },
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
  acknowledgeFindings(distribution, {
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
