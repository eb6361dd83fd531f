import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type { Construct } from 'constructs';
import { createHttpApi, createService, createSessionsTable, type ServiceCode } from './app-host.ts';
import { FilesHost } from './files-host.ts';

export interface GatewayStackProps extends StackProps, ServiceCode {}

/** The one description of the edge and of what stands behind it. The local stack reads its template as well. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    const { values } = props;
    // CDK leaves `Default` out of logical ids: they are those of the resources in the stack itself.
    const { bucket, distribution, publicKeys, revocations } = new FilesHost(this, 'Default', {
      ...values,
      certificate: acm.Certificate.fromCertificateArn(this, 'FilesCertificate', values.filesCertificateArn),
    });
    const [signingKey] = publicKeys;
    if (!signingKey) throw new Error('publicKeys is empty: the service needs one to sign with');
    const table = createSessionsTable(this);
    const service = createService(this, props, bucket, table, { signingKey, revocations });
    const domainName = createHttpApi(this, values, service);

    const outputs: Record<string, string> = {
      BucketName: bucket.bucketName,
      TableName: table.tableName,
      DistributionId: distribution.distributionId,
      FilesHostTarget: distribution.distributionDomainName,
      AppHostTarget: domainName.regionalDomainName,
      KeyPairId: signingKey.publicKeyId,
      KeyValueStoreArn: revocations.keyValueStoreArn,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
