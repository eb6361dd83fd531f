import { createPublicKey } from 'node:crypto';
import { isDevelopmentOrigin, originFaults } from '../services/auth/domain/origins.ts';

/** A public key of the trusted key group. */
export interface PublicKeyValue {
  /** Name of the key in CloudFront; letters, digits, `-` and `_`. Keys are told apart by it across deployments. */
  name: string;
  /** SubjectPublicKeyInfo as PEM: RSA 2048 or ECDSA P-256. */
  pem: string;
}

/** All that differs between one deployment and another, or the local stack. */
export interface StackValues {
  /** Origin of the app host, such as `https://app.example.com`. */
  appOrigin: string;
  /** Origin of the files host: a child of the app host, such as `https://files.app.example.com`. */
  filesOrigin: string;
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
  /** 1 to 5 keys; the first one is the one that the service signs with. */
  publicKeys: PublicKeyValue[];
  /** Seconds; 300 to 86400. */
  cookieLifetimeSeconds: number;
  /** `revalidate`: browsers ask for every file again, and get a 304 (contract of `BROWSER_CACHE`). */
  browserCache?: 'revalidate';
  /** A claim of the ID token to name users by, in place of issuer and subject (contract of `USER_ID_CLAIM`). */
  userIdClaim?: string;
  /** Left out, CloudFormation makes one up. */
  bucketName?: string;
}

const STRINGS = [
  'appOrigin',
  'filesOrigin',
  'appCertificateArn',
  'filesCertificateArn',
  'oidcIssuer',
  'oidcClientId',
  'secretArn',
] as const;

const KNOWN = new Set<string>([
  ...STRINGS,
  'signingKmsKeyArn',
  'publicKeys',
  'cookieLifetimeSeconds',
  'browserCache',
  'userIdClaim',
  'bucketName',
]);

/** Checks values that a person wrote (a parsed JSON file); throws one error that lists every fault. */
export function parseStackValues(raw: unknown): StackValues {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error('The values must be one JSON object; docs/deploy.md shows it.');
  }
  const values = raw as Record<string, unknown>;
  const faults: string[] = [];
  for (const name of Object.keys(values)) {
    if (!KNOWN.has(name)) faults.push(`${name} is not a value of this stack`);
  }
  for (const name of STRINGS) {
    if (typeof values[name] !== 'string' || values[name] === '') faults.push(`${name} is missing`);
  }
  const text = (name: (typeof STRINGS)[number]) => (typeof values[name] === 'string' ? values[name] : '');
  if (text('appOrigin') && text('filesOrigin')) {
    faults.push(
      ...originFaults(text('appOrigin'), text('filesOrigin'), { app: 'appOrigin', files: 'filesOrigin' }),
    );
  }
  const filesCertificate = text('filesCertificateArn');
  if (filesCertificate && !/^arn:[^:]+:acm:us-east-1:/.test(filesCertificate)) {
    faults.push('filesCertificateArn must be an ACM certificate of us-east-1: CloudFront takes no other');
  }
  const appCertificate = text('appCertificateArn');
  if (appCertificate && !/^arn:[^:]+:acm:/.test(appCertificate)) {
    faults.push('appCertificateArn must be an ACM certificate of the region that the stack is deployed to');
  }
  const lifetime = values['cookieLifetimeSeconds'] ?? 900;
  const shortest = isDevelopmentOrigin(text('appOrigin')) ? 10 : 300;
  if (
    typeof lifetime !== 'number' ||
    !Number.isInteger(lifetime) ||
    lifetime < shortest ||
    lifetime > 86_400
  ) {
    faults.push(`cookieLifetimeSeconds must be whole seconds, ${shortest} to 86400`);
  }
  const { browserCache, bucketName, userIdClaim, signingKmsKeyArn } = values;
  if (browserCache !== undefined && browserCache !== 'revalidate') {
    faults.push('browserCache is revalidate, or left out');
  }
  for (const [name, value] of Object.entries({ bucketName, userIdClaim, signingKmsKeyArn })) {
    if (value !== undefined && typeof value !== 'string') faults.push(`${name} must be a string`);
  }
  if (typeof signingKmsKeyArn === 'string' && !/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(signingKmsKeyArn)) {
    faults.push('signingKmsKeyArn must be the ARN of a KMS key (of the key, not of an alias)');
  }
  const publicKeys = publicKeysOf(values['publicKeys'], faults);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return {
    appOrigin: text('appOrigin'),
    filesOrigin: text('filesOrigin'),
    appCertificateArn: appCertificate,
    filesCertificateArn: filesCertificate,
    oidcIssuer: text('oidcIssuer'),
    oidcClientId: text('oidcClientId'),
    secretArn: text('secretArn'),
    ...(typeof signingKmsKeyArn === 'string' ? { signingKmsKeyArn } : {}),
    publicKeys,
    cookieLifetimeSeconds: Number(lifetime),
    ...(browserCache === 'revalidate' ? { browserCache } : {}),
    ...(typeof userIdClaim === 'string' ? { userIdClaim } : {}),
    ...(typeof bucketName === 'string' ? { bucketName } : {}),
  };
}

function publicKeysOf(raw: unknown, faults: string[]): PublicKeyValue[] {
  if (!Array.isArray(raw) || raw.length < 1 || raw.length > 5) {
    faults.push('publicKeys must be a list of 1 to 5 { name, pem }: a key group takes no more');
    return [];
  }
  return raw.map((key: { name?: unknown; pem?: unknown } | null, index) => {
    const name = key?.name;
    const pem = key?.pem;
    if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
      faults.push(`publicKeys[${index}].name must be letters, digits, - and _`);
    }
    if (typeof pem !== 'string' || !isCloudFrontPublicKey(pem)) {
      faults.push(`publicKeys[${index}].pem must be a public key as PEM, RSA 2048 or ECDSA P-256`);
    }
    return { name: String(name), pem: String(pem) };
  });
}

function isCloudFrontPublicKey(pem: string): boolean {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return false;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(pem);
    return (
      (asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.modulusLength === 2048) ||
      (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1')
    );
  } catch {
    return false;
  }
}
