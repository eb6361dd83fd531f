import { TEAMS_KEY, USERS_KEY } from '@cloudfront-cookie-gateway/core/file-name';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { FilesHostValues } from './values-schema.ts';

/** The keys of the files of users, and of teams. */
export const FILES = [`${USERS_KEY}*`, `${TEAMS_KEY}*`];

/** Adds one statement to the policy of a role. */
export function allow(role: iam.Role, actions: string[], resources: string[], conditions = {}): void {
  role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
}

/** Lets a role list only the keys with these prefixes. */
export function allowList(
  role: iam.Role,
  bucket: s3.IBucket,
  action: string,
  prefixes: string | string[],
): void {
  allow(role, [action], [bucket.bucketArn], { StringLike: { 's3:prefix': prefixes } });
}

/**
 * Who writes or reads files needs the key as well, here only through S3. An upload in parts needs Decrypt too (Amazon S3
 * User Guide, "Multipart upload API and permissions"). GuardDuty asks for both (GuardDuty User Guide, "Create or update
 * IAM role policy").
 */
export function grantKey(role: iam.Role, { kmsKeyArn }: Pick<FilesHostValues, 'kmsKeyArn'>): void {
  if (kmsKeyArn === undefined) return;
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [kmsKeyArn], {
    StringEquals: { 'kms:ViaService': `s3.${Stack.of(role).region}.amazonaws.com` },
  });
}
