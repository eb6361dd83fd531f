import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { TEAMS_KEY, USERS_KEY } from '@cloudfront-cookie-gateway/core/file-name';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { CfnMalwareProtectionPlan } from 'aws-cdk-lib/aws-guardduty';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { createDistribution } from './files-distribution.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import { createScanner, scannedCondition } from './scan.ts';
import { parseFilesHostValues } from './values.ts';
import type { FilesHostValues } from './values-schema.ts';

/** A public key of the trusted key group. */
export interface PublicKeyProps {
  /** Letters, digits, `-` and `_`: the name by which people know the key. */
  name: string;
  /** SubjectPublicKeyInfo as PEM: RSA 2048 or ECDSA P-256. */
  pem: string;
}

/** The rules for these props are those for the values of the same names (values-schema.ts). */
export interface FilesHostProps {
  /** The origin of the app host, such as `https://app.example.com`. */
  appOrigin: string;
  /** The origin of the files host: a child of the app host, such as `https://files.app.example.com`. */
  filesOrigin: string;
  /** 1 to 5 keys. */
  publicKeys: PublicKeyProps[];
  /** That of the service that issues the cookies. Seconds, 300 to 86400; 900 if it is left out. */
  cookieLifetimeSeconds?: number;
  /** `revalidate`: browsers ask for every file again, and get a 304 (contract of `BROWSER_CACHE`). */
  browserCache?: 'revalidate';
  /** If it is left out, CloudFormation makes a name. A new name later means a new, empty bucket. */
  bucketName?: string;
  /** The days for which the bucket keeps deleted and replaced files. 0 means none; 7 if it is left out. */
  keepDeletedDays?: number;
  /** Whether S3 tells EventBridge of each file that comes or goes. AWS bills each event. False if it is left out. */
  events?: boolean;
  /** With `guardduty`, the distribution reads a file only after GuardDuty has scanned it and found nothing. */
  scan?: 'guardduty';
  /** With `scan`: the distribution also reads files that GuardDuty could not scan. */
  serveNotScanned?: boolean;
  /** Whether the distribution has IPv6. A share that is limited to addresses opens for nobody on IPv6. */
  ipv6?: boolean;
  /**
   * `read`: the viewer-request function reads the credential, and refuses a request without one. `trusted`: if
   * CloudFront shows functions no credential, CloudFront's signature decides. Then a session is not revoked before its
   * cookies expire, and a wide policy opens everything that it names. `read` if it is left out.
   */
  edgeCredential?: 'read' | 'trusted';
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
  /** Undefined without `scan`. */
  readonly scanner: CfnMalwareProtectionPlan | undefined;

  /**
   * The props are built into the functions, so only the certificate may be a token.
   * @throws Error that lists every fault of the props, and the errors of `buildEdgeFunction`
   */
  constructor(scope: Construct, id: string, props: FilesHostProps) {
    super(scope, id);
    const values = parseFilesHostValues(props);
    this.bucket = createBucket(this, values);
    const { distribution, publicKeys, revocations } = createDistribution(this, values, this.bucket, props);
    letDistributionRead(this.bucket, distribution, scannedCondition(values));
    this.scanner = values.scan === undefined ? undefined : createScanner(this, this.bucket);
    this.distribution = distribution;
    this.publicKeys = publicKeys;
    this.revocations = revocations;
  }
}

/** The bucket lets in the distribution, and signed uploads from the app's page. */
function createBucket(scope: Construct, values: FilesHostValues): s3.Bucket {
  const { bucketName, keepDeletedDays, events, scan } = values;
  const bucket = new s3.Bucket(scope, 'Files', {
    ...defined({ bucketName }),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // A first deployment that fails leaves nothing behind. Later the files stay, whatever happens to the stack.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    cors: [
      {
        allowedOrigins: [values.appOrigin],
        allowedMethods: [s3.HttpMethods.PUT],
        allowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256', 'x-amz-content-sha256'],
        exposedHeaders: ['ETag'],
        maxAge: 3600,
      },
    ],
    versioned: keepDeletedDays > 0,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(keepDeletedDays > 0
        ? [{ noncurrentVersionExpiration: Duration.days(keepDeletedDays), expiredObjectDeleteMarker: true }]
        : []),
    ],
  });
  // GuardDuty itself switches this on.
  if (events || scan !== undefined) tellEventBridge(bucket);
  acknowledgeFindings(bucket, {
    S1: 'Reads are in the access log of CloudFront, and what users write is in the log of the service.',
  });
  return bucket;
}

/** `eventBridgeEnabled` of the CDK would bring a function that CloudFormation does not need. */
function tellEventBridge({ node }: s3.Bucket): void {
  if (!(node.defaultChild instanceof s3.CfnBucket)) throw new Error('the bucket has no resource');
  node.defaultChild.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
}

/**
 * The distribution may read the files of users and teams, and nothing else. With ListBucket, a missing key is 404
 * NoSuchKey instead of 403.
 * @param scanned what else must be true of a file
 */
function letDistributionRead(
  bucket: s3.Bucket,
  distribution: cloudfront.Distribution,
  scanned: Record<string, string[]>,
): void {
  for (const [action, resources, more] of [
    ['s3:GetObject', [USERS_KEY, TEAMS_KEY].map((key) => bucket.arnForObjects(`${key}*`)), scanned],
    ['s3:ListBucket', [bucket.bucketArn], {}],
  ] satisfies [string, string[], object][]) {
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: [action],
        resources,
        principals: [new iam.ServicePrincipal('cloudfront.amazonaws.com')],
        conditions: { StringEquals: { 'AWS:SourceArn': distribution.distributionArn, ...more } },
      }),
    );
  }
}
