import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { buildEdgeFunction, type EdgeFunctionName } from '../edge/build.ts';
import { contentSecurityPolicy } from '../edge/function/content.ts';
import { type FilesHostValues, readFilesHostValues } from './files-host-values.ts';

/** The edge keeps an object this long before it asks S3 again, in seconds. */
const EDGE_TTL_SECONDS = 5;

export interface FilesHostProps extends Omit<FilesHostValues, 'cookieLifetimeSeconds'> {
  /** Of the files host's name, in us-east-1 (CloudFront takes no other). */
  certificate: acm.ICertificate;
  /** Seconds; 300 to 86400, as the service that issues the cookies has it. 900 when left out. */
  cookieLifetimeSeconds?: number;
}

/**
 * The files host, which the package exports as `./infra`: a private bucket behind a distribution with one behavior,
 * all of it signed, and the two functions. docs/adopt.md shows it. `GatewayStack` is made of it.
 */
export class FilesHost extends Construct {
  readonly bucket: s3.Bucket;
  readonly distribution: cloudfront.Distribution;
  /** Those of the trusted key group, in the order of the props. */
  readonly publicKeys: cloudfront.PublicKey[];
  /** What each user may no longer use; while it is empty, nobody is revoked. */
  readonly revocations: cloudfront.KeyValueStore;

  /**
   * The props are built into the functions, so none but the certificate may be a token.
   * @throws Error that lists every fault of the props, and what `buildEdgeFunction` throws
   */
  constructor(scope: Construct, id: string, props: FilesHostProps) {
    super(scope, id);
    const faults: string[] = [];
    const values = readFilesHostValues({ ...props }, faults);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    this.bucket = createBucket(this, values);
    const { distribution, publicKeys, revocations } = createDistribution(
      this,
      values,
      this.bucket,
      props.certificate,
    );
    this.distribution = distribution;
    this.publicKeys = publicKeys;
    this.revocations = revocations;
  }
}

/** It lets in the distribution and signed uploads from the app's page. */
function createBucket(scope: Construct, values: FilesHostValues): s3.Bucket {
  return new s3.Bucket(scope, 'Files', {
    ...(values.bucketName === undefined ? {} : { bucketName: values.bucketName }),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
    cors: [
      {
        allowedOrigins: [values.appOrigin],
        allowedMethods: [s3.HttpMethods.POST, s3.HttpMethods.PUT],
        allowedHeaders: ['content-type', 'x-amz-checksum-sha256', 'x-amz-content-sha256'],
        exposedHeaders: ['ETag'],
        maxAge: 3600,
      },
    ],
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
  });
}

function createDistribution(
  scope: Construct,
  values: FilesHostValues,
  bucket: s3.Bucket,
  certificate: acm.ICertificate,
) {
  const publicKeys = values.publicKeys.map(
    ({ name, pem }) =>
      new cloudfront.PublicKey(scope, `PublicKey-${name}`, { publicKeyName: name, encodedKey: pem }),
  );
  const keyGroup = new cloudfront.KeyGroup(scope, 'TrustedKeyGroup', { items: publicKeys });
  const revocations = new cloudfront.KeyValueStore(scope, 'Revocations', {
    comment: 'What each user may no longer use: read by the viewer-request function',
  });
  const cachePolicy = new cloudfront.CachePolicy(scope, 'CachePolicy', {
    minTtl: Duration.seconds(EDGE_TTL_SECONDS),
    defaultTtl: Duration.seconds(EDGE_TTL_SECONDS),
    maxTtl: Duration.seconds(EDGE_TTL_SECONDS),
    // What is in the key reaches S3 as well: only the version, which S3 ignores.
    queryStringBehavior: cloudfront.CacheQueryStringBehavior.allowList('v'),
    cookieBehavior: cloudfront.CacheCookieBehavior.none(),
    headerBehavior: cloudfront.CacheHeaderBehavior.none(),
    // Compression would make ETags weak.
    enableAcceptEncodingGzip: false,
    enableAcceptEncodingBrotli: false,
  });
  const functionOf = (id: string, name: EdgeFunctionName, keyValueStore?: cloudfront.KeyValueStore) =>
    new cloudfront.Function(scope, id, {
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(buildEdgeFunction(name, values)),
      ...(keyValueStore ? { keyValueStore } : {}),
    });
  const distribution = new cloudfront.Distribution(scope, 'Distribution', {
    comment: 'Files host: one behavior, all of it signed',
    domainNames: [new URL(values.filesOrigin).hostname],
    certificate,
    minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
    httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
    defaultBehavior: {
      // The CDK's own types do not hold under exactOptionalPropertyTypes, hence the cast.
      origin: S3BucketOrigin.withOriginAccessControl(bucket as s3.IBucket, {
        // With ListBucket a missing key is 404 NoSuchKey instead of 403.
        originAccessLevels: [cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
      }),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      cachedMethods: cloudfront.CachedMethods.CACHE_GET_HEAD,
      compress: false,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      trustedKeyGroups: [keyGroup],
      cachePolicy,
      responseHeadersPolicy: responseHeadersPolicy(scope, values),
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
  if (values.filesOrigin.startsWith('http:')) {
    Validations.of(distribution).acknowledge({
      id: 'CloudFormation-Validate::E3013',
      reason: 'The local stack has localhost for an alias; it is never deployed',
    });
  }
  return { distribution, publicKeys, revocations };
}

function responseHeadersPolicy(scope: Construct, values: FilesHostValues): cloudfront.ResponseHeadersPolicy {
  const isPublic = values.filesOrigin.startsWith('https:');
  return new cloudfront.ResponseHeadersPolicy(scope, 'ResponseHeaders', {
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
        override: true,
      },
      // For errors. The viewer-response function sets its own by type: without override that stays, whichever of the
      // two runs first. On a 304, for which the function sets none, browsers may store this one, so it must suit every
      // type: no sandbox, and media allowed.
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
