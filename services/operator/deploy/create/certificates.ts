import { createHash } from 'node:crypto';
import { ACM, type CertificateDetail, paginateListCertificates } from '@aws-sdk/client-acm';
import { Route53 } from '@aws-sdk/client-route-53';
import { EDGE_REGION } from '@cloudfront-cookie-gateway/infra/values';
import { errorName } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import { type Creation, DeployError, LOOK_AGAIN_MS, TAG, tagsOf } from './creation.ts';

/** Asks ACM for the certificate of a host, unless an earlier run did. ACM issues it later. */
export async function createCertificate(
  creation: Creation,
  value: 'appCertificateArn' | 'filesCertificateArn',
  host: string,
): Promise<void> {
  const { stackName, place, write, say } = creation;
  // An HTTP API takes certificates of its own region. CloudFront takes those of us-east-1.
  const region = value === 'appCertificateArn' ? place.region : EDGE_REGION;
  const client = new ACM({ ...CALLS, region });
  let arn = await findCertificate(client, stackName, host);
  if (arn) say(`certificate of ${host}: an earlier run asked for it`);
  else {
    const { CertificateArn } = await client.requestCertificate({
      DomainName: host,
      ValidationMethod: 'DNS',
      // If the SDK repeats the call, ACM makes no second certificate.
      IdempotencyToken: createHash('sha256').update(`${stackName} ${host}`).digest('hex').slice(32),
      Tags: tagsOf(creation),
    });
    if (!CertificateArn) throw new DeployError('ACM gave the certificate no ARN: run it again');
    arn = CertificateArn;
    say(`certificate of ${host}: asked for in ${region}`);
  }
  write({ [value]: arn });
}

async function findCertificate(client: ACM, stackName: string, host: string): Promise<string | undefined> {
  const pages = paginateListCertificates(
    { client },
    { CertificateStatuses: ['PENDING_VALIDATION', 'ISSUED'] },
  );
  for await (const { CertificateSummaryList = [] } of pages) {
    for (const { CertificateArn, DomainName } of CertificateSummaryList) {
      if (DomainName !== host || !CertificateArn) continue;
      const { Tags = [] } = await client.listTagsForCertificate({ CertificateArn });
      if (Tags.some(({ Key, Value }) => Key === TAG && Value === stackName)) return CertificateArn;
    }
  }
  return undefined;
}

/**
 * Waits until all certificates are issued. It makes the records that ACM waits for in the zone. Without a zone, it
 * prints them, and the person makes them.
 */
export async function waitForCertificates(
  { say, wait }: Creation,
  arns: string[],
  hostedZoneId: string | undefined,
): Promise<void> {
  const told = new Set<string>();
  for (;;) {
    const failed: string[] = [];
    let isPending = false;
    for (const arn of arns) {
      const certificate = await describeCertificate(arn);
      const { Status: status, DomainName: host, FailureReason: reason } = certificate ?? {};
      if (status === 'ISSUED') continue;
      if (status !== 'PENDING_VALIDATION' || !certificate) {
        failed.push(
          `the certificate of ${host ?? arn} is ${status ?? 'gone'}${reason ? ` (${reason})` : ''}`,
        );
        continue;
      }
      isPending = true;
      const record = validationRecord(certificate);
      if (!record || told.has(arn)) continue;
      told.add(arn);
      if (hostedZoneId) await upsert(hostedZoneId, record);
      else say(`make this record in DNS, and leave it there: ${record.name} CNAME ${record.value}`);
      say(`certificate of ${host}: waiting until ACM has seen its record, often some minutes`);
    }
    // The record of the other certificate is made all the same.
    if (failed.length > 0)
      throw new DeployError(
        `${failed.join(', ')}: correct the reason, remove the ARN from the values, and run it again; ACM is then asked for another`,
      );
    if (!isPending) return;
    await wait(LOOK_AGAIN_MS);
  }
}

/** Undefined if there is no such certificate. */
async function describeCertificate(arn: string): Promise<CertificateDetail | undefined> {
  const [, , , region = ''] = arn.split(':');
  try {
    const { Certificate } = await new ACM({ ...CALLS, region }).describeCertificate({ CertificateArn: arn });
    return Certificate;
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** The record that proves to ACM that the person owns the name. Undefined until ACM has made it. */
function validationRecord({ DomainValidationOptions }: CertificateDetail) {
  const { Name: name, Value: value } = DomainValidationOptions?.[0]?.ResourceRecord ?? {};
  return name && value ? { name, value } : undefined;
}

async function upsert(HostedZoneId: string, { name, value }: { name: string; value: string }): Promise<void> {
  const ResourceRecordSet = {
    Name: name,
    Type: 'CNAME' as const,
    TTL: 300,
    ResourceRecords: [{ Value: value }],
  };
  await new Route53({ ...CALLS, region: EDGE_REGION }).changeResourceRecordSets({
    HostedZoneId,
    ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet }] },
  });
}
