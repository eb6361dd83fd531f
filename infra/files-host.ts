import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { TEAMS_KEY, USERS_KEY } from '@cloudfront-cookie-gateway/core/file-name';
import { isDevelopmentOrigin } from '@cloudfront-cookie-gateway/core/origins';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { CfnMalwareProtectionPlan } from 'aws-cdk-lib/aws-guardduty';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketRules } from './bucket-rules.ts';
import { applyEverywhere } from './everywhere.ts';
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
  /**
   * A bucket that exists, in the region of the stack. The output `BucketPolicy` lists the statements that its policy
   * needs. With the origins of a developer's machine, the stack makes it. If it is left out, the stack makes a bucket.
   */
  bucketName?: string;
  /**
   * A symmetric key with which S3 encrypts the files. The output `KeyPolicy` lists the statements that its policy needs.
   * If it is left out, S3 uses a key of its own.
   */
  kmsKeyArn?: string;
  /** Tags of all resources. */
  tags?: Record<string, string>;
  /** The IAM policy that bounds what each role may do. */
  permissionsBoundaryArn?: string;
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
  readonly bucket: s3.IBucket;
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
    // A laptop has no bucket before the template, so the name is then that of a new one.
    const existing = isDevelopmentOrigin(values.appOrigin) ? undefined : values.bucketName;
    this.bucket =
      existing === undefined ? createBucket(this, values) : s3.Bucket.fromBucketName(this, 'Files', existing);
    const { distribution, publicKeys, revocations } = createDistribution(this, values, this.bucket, props);
    const scanner = values.scan === undefined ? undefined : createScanner(this, values, this.bucket);
    this.scanner = scanner?.plan;
    const statements = [
      ...readsOf(this.bucket, distribution, scannedCondition(values)),
      ...(scanner ? [scanner.statement] : []),
    ];
    if (existing !== undefined) printStatements(this, 'BucketPolicy', [onlyTls(this.bucket), ...statements]);
    else for (const statement of statements) this.bucket.addToResourcePolicy(statement);
    if (values.kmsKeyArn !== undefined) printStatements(this, 'KeyPolicy', [decryption(distribution)]);
    applyEverywhere(this, values);
    this.distribution = distribution;
    this.publicKeys = publicKeys;
    this.revocations = revocations;
  }
}

/** The bucket lets in the distribution, and signed uploads from the app's page. */
function createBucket(scope: Construct, values: FilesHostValues): s3.IBucket {
  const { bucketName, keepDeletedDays, events, scan, kmsKeyArn } = values;
  const { cors } = bucketRules(values);
  const bucket = new s3.Bucket(scope, 'Files', {
    ...defined({ bucketName }),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    ...(kmsKeyArn === undefined
      ? { encryption: s3.BucketEncryption.S3_MANAGED }
      : {
          encryption: s3.BucketEncryption.KMS,
          encryptionKey: kms.Key.fromKeyArn(scope, 'FilesKey', kmsKeyArn),
          // S3 then asks KMS for few keys, not for one a file.
          bucketKeyEnabled: true,
        }),
    enforceSSL: true,
    // A first deployment that fails leaves nothing behind. Later the files stay, whatever happens to the stack.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    cors: [
      {
        allowedOrigins: cors.AllowedOrigins,
        allowedMethods: [s3.HttpMethods.PUT],
        allowedHeaders: cors.AllowedHeaders,
        exposedHeaders: cors.ExposeHeaders,
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
  // The CDK's own types do not hold under exactOptionalPropertyTypes, so the cast is needed.
  return bucket as s3.IBucket;
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
function readsOf(
  bucket: s3.IBucket,
  distribution: cloudfront.Distribution,
  scanned: Record<string, string[]>,
): iam.PolicyStatement[] {
  const files = [USERS_KEY, TEAMS_KEY].map((key) => bucket.arnForObjects(`${key}*`));
  return [
    forDistribution(distribution, 's3:GetObject', files, scanned),
    forDistribution(distribution, 's3:ListBucket', [bucket.bucketArn]),
  ];
}

function forDistribution(
  { distributionArn }: cloudfront.Distribution,
  action: string,
  resources: string[],
  more: Record<string, string[]> = {},
): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [action],
    resources,
    principals: [new iam.ServicePrincipal('cloudfront.amazonaws.com')],
    conditions: { StringEquals: { 'AWS:SourceArn': distributionArn, ...more } },
  });
}

/**
 * A service reads encrypted files only if the policy of the key itself says so (CloudFront Developer Guide, "Restrict
 * access to an Amazon S3 origin", SSE-KMS). Reading needs Decrypt alone.
 */
function decryption(distribution: cloudfront.Distribution): iam.PolicyStatement {
  return forDistribution(distribution, 'kms:Decrypt', ['*']);
}

/** What `enforceSSL` writes into the policy of a bucket of the stack. */
function onlyTls(bucket: s3.IBucket): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: ['s3:*'],
    resources: [bucket.bucketArn, bucket.arnForObjects('*')],
    principals: [new iam.AnyPrincipal()],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });
}

/** The stack cannot write the policy of what existed before it, so a person adds these statements. */
function printStatements(scope: Construct, id: string, statements: iam.PolicyStatement[]): void {
  const value = Stack.of(scope).toJsonString(statements.map((one) => one.toStatementJson()));
  new CfnOutput(scope, id, { value });
}
