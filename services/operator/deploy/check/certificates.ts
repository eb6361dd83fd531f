import { ACM, type CertificateDetail } from '@aws-sdk/client-acm';
import { errorName, type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import type { Subject } from './subject.ts';

/** Checks both certificates: each exists, is issued, and is for its host. */
export async function checkCertificates({ values, hosts }: Subject): Promise<Finding[]> {
  const found = await Promise.all(
    (['files', 'app'] as const).map(async (host) => {
      const value = `${host}CertificateArn` as const;
      const arn = values[value];
      if (arn === undefined) return [];
      return look({ value }, 'acm:DescribeCertificate', async () => {
        const certificate = await describeCertificate(arn);
        if (!certificate) {
          return [{ value, problem: 'no certificate has this ARN', do: `correct it, or ${ANOTHER}` }];
        }
        const faults = [statusFault(certificate), nameFault(certificate, hosts[host])];
        return faults.flatMap((fault) => (fault ? [{ value, ...fault }] : []));
      });
    }),
  );
  return found.flat();
}

/** Undefined if there is no such certificate. */
export async function describeCertificate(arn: string): Promise<CertificateDetail | undefined> {
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
export function validationRecord({ DomainValidationOptions }: CertificateDetail) {
  const { Name: name, Value: value } = DomainValidationOptions?.[0]?.ResourceRecord ?? {};
  return name && value ? { name, value } : undefined;
}

const ANOTHER = 'remove it from the values: npm run deploy then asks ACM for one';

function statusFault(certificate: CertificateDetail): Omit<Finding, 'value' | 'resource'> | undefined {
  const { Status: status = 'unknown', FailureReason: reason } = certificate;
  if (status === 'ISSUED') return undefined;
  if (status !== 'PENDING_VALIDATION') {
    return {
      problem: `the certificate is ${status}${reason ? ` (${reason})` : ''}, not ISSUED`,
      do: ANOTHER,
    };
  }
  const record = validationRecord(certificate);
  return {
    problem: 'the certificate is not issued yet: ACM waits for a record in DNS',
    do: record ? `make the CNAME ${record.name} to ${record.value}` : 'try again in a minute',
    isNote: true,
  };
}

function nameFault(certificate: CertificateDetail, host: string | undefined) {
  const { SubjectAlternativeNames: names = [] } = certificate;
  if (host === undefined || names.some((name) => covers(name, host))) return undefined;
  return { problem: `the certificate is for ${names.join(', ')}, not for ${host}`, do: ANOTHER };
}

/** RFC 9525, section 6.3: `*` is one whole label. */
function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1));
}
