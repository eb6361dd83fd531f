import { Tags } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { FilesHostValues } from './values-schema.ts';

type Everywhere = Pick<FilesHostValues, 'tags' | 'permissionsBoundaryArn'>;

/** Puts the tags on everything below a construct, and the permissions boundary on each of its roles. */
export function applyEverywhere(scope: Construct, { tags = {}, permissionsBoundaryArn }: Everywhere): void {
  for (const [name, value] of Object.entries(tags)) Tags.of(scope).add(name, value);
  if (permissionsBoundaryArn === undefined) return;
  const boundary = ManagedPolicy.fromManagedPolicyArn(scope, 'Boundary', permissionsBoundaryArn);
  PermissionsBoundary.of(scope).apply(boundary);
}
