import { createPublicKey } from 'node:crypto';
import { isDevelopmentOrigin, ORIGIN_OPTIONS, originFaults } from '../services/auth/domain/origins.ts';

/** A public key of the trusted key group. */
export interface PublicKeyValue {
  /** Name of the key in CloudFront; letters, digits, `-` and `_`. Keys are told apart by it across deployments. */
  name: string;
  /** SubjectPublicKeyInfo as PEM: RSA 2048 or ECDSA P-256. */
  pem: string;
}

/** What the files host is made from. */
export interface FilesHostValues {
  /** Origin of the app host, such as `https://app.example.com`. */
  appOrigin: string;
  /** Origin of the files host: a child of the app host, such as `https://files.app.example.com`. */
  filesOrigin: string;
  /** 1 to 5 keys; the first one is the one that signs. */
  publicKeys: PublicKeyValue[];
  /** Seconds; 300 to 86400. */
  cookieLifetimeSeconds: number;
  /** `revalidate`: browsers ask for every file again, and get a 304 (contract of `BROWSER_CACHE`). */
  browserCache?: 'revalidate';
  /** Left out, CloudFormation makes one up. */
  bucketName?: string;
}

/** The names of all of them. */
export const FILES_HOST_VALUES = [
  'appOrigin',
  'filesOrigin',
  'publicKeys',
  'cookieLifetimeSeconds',
  'browserCache',
  'bucketName',
] as const satisfies (keyof FilesHostValues)[];

/**
 * Reads the values that a person wrote. They may be used only if no fault was found.
 * @param faults takes one message for each fault
 */
export function readFilesHostValues(raw: Record<string, unknown>, faults: string[]): FilesHostValues {
  const appOrigin = requiredText(raw, 'appOrigin', faults);
  const filesOrigin = requiredText(raw, 'filesOrigin', faults);
  if (appOrigin && filesOrigin) {
    faults.push(...originFaults(appOrigin, filesOrigin, ORIGIN_OPTIONS));
  }
  const lifetime = raw['cookieLifetimeSeconds'] ?? 900;
  const shortest = isDevelopmentOrigin(appOrigin) ? 10 : 300;
  if (
    typeof lifetime !== 'number' ||
    !Number.isInteger(lifetime) ||
    lifetime < shortest ||
    lifetime > 86_400
  ) {
    faults.push(`cookieLifetimeSeconds must be whole seconds, ${shortest} to 86400`);
  }
  const { browserCache } = raw;
  if (browserCache !== undefined && browserCache !== 'revalidate') {
    faults.push('browserCache is revalidate, or left out');
  }
  const bucketName = optionalText(raw, 'bucketName', faults);
  return {
    appOrigin,
    filesOrigin,
    publicKeys: publicKeysOf(raw['publicKeys'], faults),
    cookieLifetimeSeconds: Number(lifetime),
    ...(browserCache === 'revalidate' ? { browserCache } : {}),
    ...(bucketName === undefined ? {} : { bucketName }),
  };
}

/** A value that has to be there; `''` and a fault where it is not. */
export function requiredText(raw: Record<string, unknown>, name: string, faults: string[]): string {
  const value = raw[name];
  if (typeof value === 'string' && value !== '') return value;
  faults.push(`${name} is missing`);
  return '';
}

export function optionalText(
  raw: Record<string, unknown>,
  name: string,
  faults: string[],
): string | undefined {
  const value = raw[name];
  if (value === undefined || typeof value === 'string') return value;
  faults.push(`${name} must be a string`);
  return undefined;
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
  // And nothing behind it, such as the private one: all of it is in the template.
  if (!/^-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\s*$/.test(pem)) return false;
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
