import type { S3 } from '@aws-sdk/client-s3';
import { recordAt, textOf } from '../../local/template/lenient.ts';
import { bucketIn } from '../../local/template/origins.ts';
import { isRecord } from '../../local/template/shape.ts';
import { CALLS, codeOf, loaded, type Parts } from './calls.ts';

/** The errors for a setting that does not exist. */
const NOTHING = ['NoSuchBucketPolicy', 'NoSuchPublicAccessBlockConfiguration'];
const EVERYBODY = /\/(?:AllUsers|AuthenticatedUsers)$/;

/**
 * The buckets of the origins, as far as the credentials allow: policy, access control list, and the settings that block
 * both.
 */
export async function bucketResources(parts: Parts, origins: unknown[]): Promise<void> {
  const hosts = origins.map((origin) => textOf(recordAt(origin)['DomainName']));
  const buckets = new Map(
    hosts.filter((host) => bucketIn(host) !== host).map((host) => [bucketIn(host), regionOf(host)]),
  );
  if (buckets.size === 0) return;
  try {
    const { S3 } = await loaded('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
    await Promise.all(
      [...buckets].map(([name, region]) =>
        readBucket(parts, new S3({ region, followRegionRedirects: true, ...CALLS }), name),
      ),
    );
  } catch (error) {
    for (const name of buckets.keys()) {
      parts.unreadBuckets.add(`bucket ${name}: ${error instanceof Error ? error.message : codeOf(error)}`);
      addBucket(parts, name, {});
    }
  }
}

async function readBucket(parts: Parts, s3: S3, name: string): Promise<void> {
  const Bucket = name;
  async function read<T>(what: string, permission: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!NOTHING.includes(codeOf(error)))
        parts.unreadBuckets.add(
          `bucket ${name}: its ${what}: ${codeOf(error)}; grant ${permission} to read it`,
        );
      return undefined;
    }
  }
  const [policy, block, acl] = await Promise.all([
    read('policy', 's3:GetBucketPolicy', async () => (await s3.getBucketPolicy({ Bucket })).Policy),
    read(
      'Block Public Access',
      's3:GetBucketPublicAccessBlock',
      async () => (await s3.getPublicAccessBlock({ Bucket })).PublicAccessBlockConfiguration,
    ),
    read('access control list', 's3:GetBucketAcl', async () => (await s3.getBucketAcl({ Bucket })).Grants),
  ]);
  const isOpen = (acl ?? []).some(({ Grantee }) => EVERYBODY.test(Grantee?.URI ?? ''));
  addBucket(parts, name, {
    ...(block ? { PublicAccessBlockConfiguration: block } : {}),
    ...(isOpen ? { AccessControl: 'PublicRead' } : {}),
  });
  const document: unknown = policy === undefined ? undefined : JSON.parse(policy);
  if (isRecord(document))
    parts.add('AWS::S3::BucketPolicy', `${name}/policy`, { Bucket: name, PolicyDocument: document });
}

/** A function or a log may have the name of the bucket, so the bucket's id is another. */
function addBucket(parts: Parts, name: string, properties: Record<string, unknown>): void {
  parts.add('AWS::S3::Bucket', `${name}/bucket`, { BucketName: name, ...properties });
}

function regionOf(host: string): string {
  return /\.s3(?:-website)?[.-](?:dualstack\.)?([a-z]{2}-[a-z]+-\d)\./.exec(host)?.[1] ?? 'us-east-1';
}
