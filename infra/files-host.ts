import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { faultLine } from '../core/origins.ts';
import { createBucket, letDistributionRead } from './files-bucket.ts';
import { createDistribution } from './files-distribution.ts';
import { type FilesHostValues, readFilesHostValues } from './files-host-values.ts';
import type { Fault } from './value-reader.ts';

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
    const faults: Fault[] = [];
    const values = readFilesHostValues({ ...props }, faults);
    if (faults.length > 0) throw new Error(faults.map(faultLine).join('\n'));
    this.bucket = createBucket(this, values);
    const { distribution, publicKeys, revocations } = createDistribution(this, values, this.bucket, props);
    letDistributionRead(this.bucket, distribution);
    this.distribution = distribution;
    this.publicKeys = publicKeys;
    this.revocations = revocations;
  }
}
