import type { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { StackValues } from './values.ts';

/** The zone of all distributions (AWS General Reference, "Amazon CloudFront endpoints and quotas"). */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/**
 * Makes the records of both hosts in the Route 53 zone, if the values name one. The records come and go with the stack.
 */
export function createDnsRecords(
  scope: Construct,
  { hostedZoneId, appOrigin, filesOrigin, ipv6 }: StackValues,
  distribution: Distribution,
  appHost: DomainName,
): void {
  if (hostedZoneId === undefined) return;
  const alias = (id: string, origin: string, type: 'A' | 'AAAA', dnsName: string, zone: string) =>
    new CfnRecordSet(scope, id, {
      hostedZoneId,
      name: new URL(origin).hostname,
      type,
      aliasTarget: { dnsName, hostedZoneId: zone },
    });
  const { distributionDomainName } = distribution;
  alias('FilesHostRecord', filesOrigin, 'A', distributionDomainName, CLOUDFRONT_ZONE);
  if (ipv6) alias('FilesHostRecordIpv6', filesOrigin, 'AAAA', distributionDomainName, CLOUDFRONT_ZONE);
  alias('AppHostRecord', appOrigin, 'A', appHost.regionalDomainName, appHost.regionalHostedZoneId);
}
