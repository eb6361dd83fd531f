import {
  FILES_HOST_VALUES,
  type FilesHostValues,
  optionalText,
  readFilesHostValues,
  requiredText,
} from './files-host-values.ts';

/** All that differs between one deployment and another, or the local stack. */
export interface StackValues extends FilesHostValues {
  /** ACM certificate of the app host, in the stack's region (an HTTP API wants it there). */
  appCertificateArn: string;
  /** ACM certificate of the files host, in us-east-1 (CloudFront wants it there). */
  filesCertificateArn: string;
  oidcIssuer: string;
  oidcClientId: string;
  /** Secrets Manager secret: JSON with SIGNING_KEY (unless it is in KMS), OIDC_CLIENT_SECRET and LOGIN_SECRET. */
  secretArn: string;
  /** AWS KMS key (P-256) in place of SIGNING_KEY; `publicKeys` has its public half as the first. */
  signingKmsKeyArn?: string;
  /** A claim of the ID token to name users by, in place of issuer and subject (contract of `USER_ID_CLAIM`). */
  userIdClaim?: string;
}

const KNOWN = new Set<string>([
  ...FILES_HOST_VALUES,
  'appCertificateArn',
  'filesCertificateArn',
  'oidcIssuer',
  'oidcClientId',
  'secretArn',
  'signingKmsKeyArn',
  'userIdClaim',
]);

/** Checks values that a person wrote (a parsed JSON file); throws one error that lists every fault. */
export function parseStackValues(raw: unknown): StackValues {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error('The values must be one JSON object; docs/deploy.md shows it.');
  }
  const given = raw as Record<string, unknown>;
  const faults: string[] = [];
  for (const name of Object.keys(given)) {
    if (!KNOWN.has(name)) faults.push(`${name} is not a value of this stack`);
  }
  const filesHost = readFilesHostValues(given, faults);
  const text = (name: string) => requiredText(given, name, faults);
  const signingKmsKeyArn = optionalText(given, 'signingKmsKeyArn', faults);
  const userIdClaim = optionalText(given, 'userIdClaim', faults);
  const values: StackValues = {
    ...filesHost,
    appCertificateArn: text('appCertificateArn'),
    filesCertificateArn: text('filesCertificateArn'),
    oidcIssuer: text('oidcIssuer'),
    oidcClientId: text('oidcClientId'),
    secretArn: text('secretArn'),
    ...(signingKmsKeyArn === undefined ? {} : { signingKmsKeyArn }),
    ...(userIdClaim === undefined ? {} : { userIdClaim }),
  };
  if (values.filesCertificateArn && !/^arn:[^:]+:acm:us-east-1:/.test(values.filesCertificateArn)) {
    faults.push('filesCertificateArn must be an ACM certificate of us-east-1: CloudFront takes no other');
  }
  if (values.appCertificateArn && !/^arn:[^:]+:acm:/.test(values.appCertificateArn)) {
    faults.push('appCertificateArn must be an ACM certificate of the region that the stack is deployed to');
  }
  if (signingKmsKeyArn !== undefined && !/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(signingKmsKeyArn)) {
    faults.push('signingKmsKeyArn must be the ARN of a KMS key (of the key, not of an alias)');
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return values;
}
