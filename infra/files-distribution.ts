import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { isDevelopmentOrigin } from '@cloudfront-cookie-gateway/core/origins';
import { contentSecurityPolicy } from '@cloudfront-cookie-gateway/core/shown-types';
import { buildEdgeFunction, type EdgeFunctionName } from '@cloudfront-cookie-gateway/edge-function';
import { Duration, Validations } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './nag-reasons.ts';
import { publicKeyId } from './public-keys.ts';
import type { FilesHostValues } from './values-schema.ts';

/** How long the edge keeps an object before it asks S3 again, in seconds. */
const EDGE_TTL_SECONDS = 5;

/** Every status of an error. None is kept: a refused or missing file may be there a moment later. */
const ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** A name that begins with that of the stack, since names are unique in an account. Undefined: the CDK makes one. */
type NameOf = (suffix: string) => string | undefined;

/**
 * The distribution of the files host: one behavior, all of it signed. Also what belongs to it: the trusted keys, the
 * cache policy, both functions with the store of revocations, and the origin access control, by which CloudFront signs
 * each request to S3.
 */
export function createDistribution(
  scope: Construct,
  values: FilesHostValues,
  bucket: s3.IBucket,
  { certificate, name }: { certificate: acm.ICertificate; name?: string },
) {
  const nameOf: NameOf = (suffix) => (name === undefined ? undefined : `${name}-${suffix}`);
  const publicKeys = createPublicKeys(scope, values, name);
  const keyGroup = new cloudfront.KeyGroup(scope, 'TrustedKeyGroup', {
    ...defined({ keyGroupName: nameOf('keys') }),
    items: publicKeys,
  });
  const revocations = new cloudfront.KeyValueStore(scope, 'Revocations', {
    // Another name is another store, and it is empty. Everything that is revoked would open again.
    ...defined({ keyValueStoreName: nameOf('revocations') }),
    comment: 'What each user may no longer use: read by the viewer-request function',
  });
  const cachePolicy = createCachePolicy(scope, nameOf('cache'));
  const functionOf = (id: string, source: EdgeFunctionName, keyValueStore?: cloudfront.KeyValueStore) =>
    new cloudfront.Function(scope, id, {
      ...defined({ functionName: nameOf(source), keyValueStore }),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(buildEdgeFunction(source, values)),
    });
  const { originAccessControlId } = new cloudfront.S3OriginAccessControl(scope, 'OriginAccess', {
    ...defined({ originAccessControlName: nameOf('origin') }),
  });
  const distribution = new cloudfront.Distribution(scope, 'Distribution', {
    comment: 'Files host: one behavior, all of it signed',
    domainNames: [new URL(values.filesOrigin).hostname],
    certificate,
    minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
    httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
    enableIpv6: values.ipv6,
    defaultBehavior: {
      origin: S3BucketOrigin.withBucketDefaults(bucket, { originAccessControlId }),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      cachedMethods: cloudfront.CachedMethods.CACHE_GET_HEAD,
      compress: false,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      trustedKeyGroups: [keyGroup],
      cachePolicy,
      responseHeadersPolicy: createHeadersPolicy(scope, values, nameOf('headers')),
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
    errorResponses: ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
  });
  acknowledge(distribution, values);
  return { distribution, publicKeys, revocations };
}

function createPublicKeys(
  scope: Construct,
  { appOrigin, publicKeys }: FilesHostValues,
  name: string | undefined,
) {
  return publicKeys.map((key) => {
    const id = publicKeyId(key);
    // In the local stack, the name of a key is its key pair id. No other stack shares its account.
    const ofAccount = name === undefined ? id : `${name}-${id}`;
    return new cloudfront.PublicKey(scope, `PublicKey-${id}`, {
      publicKeyName: isDevelopmentOrigin(appOrigin) ? key.name : ofAccount,
      encodedKey: key.pem,
    });
  });
}

function createCachePolicy(scope: Construct, cachePolicyName: string | undefined): cloudfront.CachePolicy {
  const ttl = Duration.seconds(EDGE_TTL_SECONDS);
  return new cloudfront.CachePolicy(scope, 'CachePolicy', {
    ...defined({ cachePolicyName }),
    minTtl: ttl,
    defaultTtl: ttl,
    maxTtl: ttl,
    // A parameter in the cache key also reaches S3. So the cache key has only the version, which S3 ignores.
    queryStringBehavior: cloudfront.CacheQueryStringBehavior.allowList('v'),
    cookieBehavior: cloudfront.CacheCookieBehavior.none(),
    headerBehavior: cloudfront.CacheHeaderBehavior.none(),
    // Compression would make ETags weak.
    enableAcceptEncodingGzip: false,
    enableAcceptEncodingBrotli: false,
  });
}

function acknowledge(distribution: cloudfront.Distribution, { filesOrigin }: FilesHostValues): void {
  acknowledgeFindings(distribution, {
    CFR1: 'Users may be in any country.',
    CFR2: 'Every request has to be signed; the deployment decides about a web application firewall and its cost.',
    CFR3: 'Standard logging v2, which the rule does not know, logs requests without query and cookies.',
  });
  if (isDevelopmentOrigin(filesOrigin)) {
    Validations.of(distribution).acknowledge({
      id: 'CloudFormation-Validate::E3013',
      reason: 'The local stack has localhost for an alias; it is never deployed',
    });
  }
}

/** The headers of all answers, those of errors too. */
function createHeadersPolicy(
  scope: Construct,
  values: FilesHostValues,
  responseHeadersPolicyName: string | undefined,
): cloudfront.ResponseHeadersPolicy {
  // On a laptop, Strict-Transport-Security would make browsers demand HTTPS of every server on localhost, for a year.
  const isPublic = !isDevelopmentOrigin(values.filesOrigin);
  return new cloudfront.ResponseHeadersPolicy(scope, 'ResponseHeaders', {
    ...defined({ responseHeadersPolicyName }),
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
        override: true,
      },
      // This policy is for errors. For files, the viewer-response function sets a policy by type. The function's policy
      // stays, whichever of the two runs first, because this policy does not override. On a 304 the function sets no
      // policy, and browsers may store this policy for the file. So this policy must suit every type: no sandbox, and
      // media allowed.
      contentSecurityPolicy: {
        contentSecurityPolicy: contentSecurityPolicy('media', values.appOrigin),
        override: false,
      },
      ...(isPublic
        ? {
            strictTransportSecurity: {
              accessControlMaxAge: Duration.days(365),
              includeSubdomains: true,
              override: true,
            },
          }
        : {}),
    },
    customHeadersBehavior: {
      customHeaders: [{ header: 'Cross-Origin-Resource-Policy', value: 'same-site', override: true }],
    },
    // S3 names the version, and says of what is not there that it was deleted. Both are no business of viewers.
    removeHeaders: ['x-amz-version-id', 'x-amz-delete-marker'],
    corsBehavior: {
      accessControlAllowCredentials: true,
      accessControlAllowOrigins: [values.appOrigin],
      accessControlAllowMethods: ['GET', 'HEAD'],
      accessControlAllowHeaders: ['Range', 'If-None-Match'],
      accessControlExposeHeaders: ['ETag', 'Content-Length', 'Content-Range'],
      originOverride: true,
    },
  });
}
