import type { ReportFault } from './value-reader.ts';

/** The name of a resource in AWS (AWS General Reference, "Amazon Resource Names"). */
interface Arn {
  partition: string;
  region: string;
  account: string;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** What a value must name: exactly one resource, by its whole ARN. */
const FORMS = {
  certificate: {
    pattern: arnPattern('acm', `certificate/${UUID}`),
    words: 'the whole ARN of one ACM certificate',
  },
  secret: {
    pattern: arnPattern('secretsmanager', 'secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}'),
    words:
      'the whole ARN of one secret in Secrets Manager, with the six characters at its end and nothing behind them',
  },
  kmsKey: {
    pattern: arnPattern('kms', `key/(?:${UUID}|mrk-[0-9a-f]{32})`),
    words: 'the whole ARN of one KMS key (of the key, not of an alias)',
  },
  webAcl: {
    pattern: arnPattern('wafv2', `(?:global|regional)/webacl/[A-Za-z0-9_-]{1,128}/${UUID}`),
    words: 'the whole ARN of one web ACL, such as arn:aws:wafv2:us-east-1:…:global/webacl/…',
  },
};

function arnPattern(service: string, resource: string): RegExp {
  return new RegExp(
    `^arn:(aws|aws-cn|aws-us-gov):${service}:([a-z]{2}(?:-[a-z]+)+-\\d):(\\d{12}):${resource}$`,
  );
}

/** The fault names the value and never quotes it. Somebody may have put a secret in its place. */
export function readArn(
  name: string,
  text: string | undefined,
  form: keyof typeof FORMS,
  fault: ReportFault,
): Arn | undefined {
  if (!text) return undefined;
  const [, partition, region, account] = FORMS[form].pattern.exec(text) ?? [];
  if (partition === undefined || region === undefined || account === undefined) {
    fault(name, `must be ${FORMS[form].words}`);
    return undefined;
  }
  if (partition !== 'aws') {
    fault(name, 'belongs to China or GovCloud, where CloudFront has no functions');
    return undefined;
  }
  return { partition, region, account };
}
