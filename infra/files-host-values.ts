import { defined } from '../core/defined.ts';
import { isDevelopmentOrigin, ORIGIN_OPTIONS, originFaults } from '../core/origins.ts';
import { COOKIE_SECONDS } from '../core/time-bounds.ts';
import { isPublicSuffix } from '../services/auth/domain/public-suffix.ts';
import { type PublicKeyValue, readPublicKeys } from './public-keys.ts';
import { createValueReader, type Fault } from './value-reader.ts';

/** The values from which the files host is made. */
export interface FilesHostValues {
  /** The origin of the app host, such as `https://app.example.com`. */
  appOrigin: string;
  /** The origin of the files host: a child of the app host, such as `https://files.app.example.com`. */
  filesOrigin: string;
  /** 1 to 5 keys. The first key signs. */
  publicKeys: PublicKeyValue[];
  /** Seconds; 300 to 86400. */
  cookieLifetimeSeconds: number;
  /** `revalidate`: browsers ask for every file again, and get a 304 (contract of `BROWSER_CACHE`). */
  browserCache?: 'revalidate';
  /** If it is left out, CloudFormation makes a name. A new name later means a new, empty bucket. */
  bucketName?: string;
  /** The days for which the bucket keeps deleted and replaced files. 0 means none; 7 if it is left out. */
  keepDeletedDays: number;
  /** Whether the distribution has IPv6. A share that is limited to addresses opens for nobody on IPv6. */
  ipv6: boolean;
  /**
   * `read`: the viewer-request function reads the credential, and refuses a request without one. `trusted`: if
   * CloudFront shows functions no credential, CloudFront's signature decides. Then a session is not revoked before its
   * cookies expire, and a wide policy opens everything that it names.
   */
  edgeCredential: 'read' | 'trusted';
}

/** The names of all these values. */
export const FILES_HOST_VALUES = [
  'appOrigin',
  'filesOrigin',
  'publicKeys',
  'cookieLifetimeSeconds',
  'browserCache',
  'bucketName',
  'keepDeletedDays',
  'ipv6',
  'edgeCredential',
] as const satisfies (keyof FilesHostValues)[];

/**
 * Reads the values that a person wrote. Use them only if there is no fault.
 * @param faults takes each fault
 */
export function readFilesHostValues(raw: Record<string, unknown>, faults: Fault[]): FilesHostValues {
  const read = createValueReader(raw, faults);
  const appOrigin = read.text('appOrigin');
  const filesOrigin = read.text('filesOrigin');
  if (appOrigin && filesOrigin) {
    const found = originFaults(appOrigin, filesOrigin, isPublicSuffix, ORIGIN_OPTIONS);
    for (const { path, message } of found) read.fault(path, message);
  }
  for (const [name, origin] of Object.entries({ appOrigin, filesOrigin })) {
    if (!URL.canParse(origin) || isDevelopmentOrigin(origin)) continue;
    const url = new URL(origin);
    if (!isPublicHost(url)) {
      read.fault(name, 'must be a host name of a domain, without a port: AWS listens on 443 alone');
    } else if (url.hostname.length > LONGEST_HOST) {
      read.fault(name, `has a host of more than ${LONGEST_HOST} characters: ACM makes no certificate for it`);
    }
  }
  const { shortest, longest, usual } = COOKIE_SECONDS;
  const kind = isDevelopmentOrigin(appOrigin) ? 'development' : 'deployed';
  const cookieLifetimeSeconds = read.whole('cookieLifetimeSeconds', shortest[kind], longest, usual);
  const { browserCache, edgeCredential = 'read' } = raw;
  if (browserCache !== undefined && browserCache !== 'revalidate') {
    read.fault('browserCache', 'is revalidate, or left out');
  }
  if (edgeCredential !== 'read' && edgeCredential !== 'trusted') {
    read.fault('edgeCredential', 'is read, trusted, or left out');
  }
  const bucketName = read.optionalText('bucketName');
  if (bucketName !== undefined && !isBucketName(bucketName)) {
    read.fault(
      'bucketName',
      'must be 3 to 63 lower-case letters, digits and -, without a dot, and none that S3 reserves',
    );
  }
  return {
    appOrigin,
    filesOrigin,
    publicKeys: readPublicKeys(raw['publicKeys'], read.fault),
    cookieLifetimeSeconds,
    ...defined({ browserCache: browserCache === 'revalidate' ? browserCache : undefined, bucketName }),
    keepDeletedDays: read.whole('keepDeletedDays', 0, 365, 7),
    ipv6: read.flag('ipv6'),
    edgeCredential: edgeCredential === 'trusted' ? 'trusted' : 'read',
  };
}

/** The characters of the first name of a certificate (ACM API Reference, RequestCertificate, DomainName). */
export const LONGEST_HOST = 64;

/** A host name of a domain, in lower case. */
export const HOST_NAME = /^(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+[a-z][a-z0-9-]*[a-z0-9]$/;

function isPublicHost({ hostname, port }: URL): boolean {
  return port === '' && HOST_NAME.test(hostname);
}

/** Amazon S3 User Guide, "General purpose bucket naming rules". A dot breaks the certificate of S3's own host name. */
function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(?:-s3alias|--ol-s3|--x-s3|--table-s3|-an)$/.test(name)
  );
}
