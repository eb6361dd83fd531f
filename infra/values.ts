import { defined } from '../core/defined.ts';
import { faultLine, isDevelopmentOrigin } from '../core/origins.ts';
import { readArn } from './arns.ts';
import { originsOf, withoutOrigins } from './domain-value.ts';
import { FILES_HOST_VALUES, readFilesHostValues } from './files-host-values.ts';
import { PROVIDER_VALUES, readProviderValues } from './provider-values.ts';
import { type ServiceValues, settingsFault } from './service-settings.ts';
import { createValueReader, type Fault, type ReportFault } from './value-reader.ts';

/** Everything that differs between two deployments, or between a deployment and the local stack. */
export interface StackValues extends ServiceValues {
  /** The ACM certificate of the app host, in the stack's region (an HTTP API wants it there). */
  appCertificateArn: string;
  /** The ACM certificate of the files host, in us-east-1 (CloudFront wants it there). */
  filesCertificateArn: string;
  /**
   * The most Lambda instances of the service. They are reserved, so other functions of the account cannot use them. If
   * it is left out, the account's limit counts.
   */
  reservedConcurrency?: number;
  /** Whether one Lambda instance is kept for the schedule. `npm run deploy` sets it if the account allows it. */
  reserveSchedule: boolean;
  /**
   * The most requests a second to the app host, from everybody together. A burst may have twice as many. 500 if it is
   * left out: a million users in their busiest hours (docs/cost.md) send 361.
   */
  requestsPerSecond: number;
  /** The web ACL of AWS WAF before the files host: global scope, so in us-east-1. */
  webAclArn?: string;
  /** Whether the table is protected from deletion. Set it to true once the first deployment is up. */
  protectTable: boolean;
  /** The days for which logs are kept, the audit log included. 365 if it is left out. */
  logDays: number;
  /** The address that alarms are sent to. */
  alarmEmail?: string;
  /** The Route 53 zone that gets the records of both hosts. Without it, a person makes the records. */
  hostedZoneId?: string;
}

const KNOWN = new Set<string>([
  ...FILES_HOST_VALUES,
  ...PROVIDER_VALUES,
  ...['stackName', 'appCertificateArn', 'filesCertificateArn', 'secretArn', 'signingKmsKeyArn'],
  ...['reservedConcurrency', 'reserveSchedule', 'requestsPerSecond', 'webAclArn'],
  ...['protectTable', 'logDays', 'alarmEmail'],
  ...['webDirectory', 'contentSecurityPolicy'],
  ...['domain', 'hostedZoneId'],
]);

/**
 * docs/cost.md counts 190 requests of a user in a month, so 72 a second of a million users, and five times as many in
 * the busiest hours.
 */
const REQUESTS_PER_SECOND = 500;

/** The account of the local stack. AWS gives it to nobody. */
const LOCAL_ACCOUNT = '000000000000';

/** The retentions that CloudWatch Logs offers (PutRetentionPolicy). */
const LOG_DAYS = [
  ...[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
];

/** Checks values that a person wrote (a parsed JSON file). Throws one error that lists every fault. */
export function parseStackValues(raw: unknown): StackValues {
  const { values, faults } = readStackValues(raw);
  if (faults.length > 0) throw new Error(faults.map(faultLine).join('\n'));
  return values;
}

/**
 * The values, and their faults. Make no stack of values that have a fault.
 * @throws Error if the values are not one object
 */
export function readStackValues(raw: unknown): { values: StackValues; faults: Fault[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error('The values must be one JSON object; docs/deploy.md shows it.');
  }
  const faults: Fault[] = [];
  const unknown = Object.keys(raw).filter((name) => !KNOWN.has(name));
  for (const path of unknown) faults.push({ path, message: 'is not a value of this stack', kind: 'unknown' });
  const given = { ...raw, ...originsOf(raw as Record<string, unknown>, faults) } as Record<string, unknown>;
  const read = createValueReader(given, faults);
  const filesHost = readFilesHostValues(given, faults);
  const texts = defined({
    signingKmsKeyArn: read.optionalText('signingKmsKeyArn'),
    alarmEmail: read.optionalText('alarmEmail'),
    webDirectory: read.optionalText('webDirectory'),
    contentSecurityPolicy: read.optionalText('contentSecurityPolicy'),
    hostedZoneId: read.optionalText('hostedZoneId'),
    webAclArn: read.optionalText('webAclArn'),
  });
  const values: StackValues = {
    ...filesHost,
    stackName: read.optionalText('stackName') ?? 'CloudFrontCookieGateway',
    appCertificateArn: read.text('appCertificateArn'),
    filesCertificateArn: read.text('filesCertificateArn'),
    ...readProviderValues(given, faults),
    secretArn: read.text('secretArn'),
    ...texts,
    ...(given['reservedConcurrency'] === undefined
      ? {}
      : { reservedConcurrency: read.whole('reservedConcurrency', 2, 10_000, 2) }),
    reserveSchedule: read.flag('reserveSchedule'),
    requestsPerSecond: read.whole('requestsPerSecond', 10, 10_000, REQUESTS_PER_SECOND),
    protectTable: read.flag('protectTable'),
    logDays: read.whole('logDays', 1, 3_653, 365),
  };
  checkForms(values, read.fault);
  checkPlaces(values, read.fault);
  const tooLarge = settingsFault(values);
  if (tooLarge) read.fault(tooLarge.path, tooLarge.message);
  return { values, faults: given['domain'] === undefined ? faults : withoutOrigins(faults) };
}

function checkForms(values: StackValues, fault: ReportFault): void {
  const { stackName, logDays } = values;
  const { alarmEmail, contentSecurityPolicy, hostedZoneId } = values;
  // Longer names contain the stack's name, and may have at most 64 characters.
  if (!/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(stackName)) {
    fault('stackName', 'must be 1 to 40 letters, digits and -, a letter first');
  }
  if (!LOG_DAYS.includes(logDays)) fault('logDays', `must be one of ${LOG_DAYS.join(', ')}`);
  if (contentSecurityPolicy !== undefined && !/^[ -~]+$/.test(contentSecurityPolicy)) {
    fault('contentSecurityPolicy', 'must be a Content-Security-Policy in one line');
  }
  if (alarmEmail !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(alarmEmail)) {
    fault('alarmEmail', 'must be one e-mail address');
  }
  if (hostedZoneId !== undefined && !/^[A-Z0-9]{1,32}$/.test(hostedZoneId)) {
    fault('hostedZoneId', 'must be the id of one Route 53 zone, such as Z0123456789ABCDEFGHIJ');
  }
}

/** Everything must be in the account and region of the stack. */
function checkPlaces(values: StackValues, fault: ReportFault): void {
  const { appOrigin, filesOrigin, oidcIssuer } = values;
  const stack = readArn('secretArn', values.secretArn, 'secret', fault);
  const files = readArn('filesCertificateArn', values.filesCertificateArn, 'certificate', fault);
  const others = {
    appCertificateArn: readArn('appCertificateArn', values.appCertificateArn, 'certificate', fault),
    signingKmsKeyArn: readArn('signingKmsKeyArn', values.signingKmsKeyArn, 'kmsKey', fault),
  };
  const webAcl = readArn('webAclArn', values.webAclArn, 'webAcl', fault);
  if (files && files.region !== 'us-east-1') {
    fault('filesCertificateArn', 'must be an ACM certificate in us-east-1: CloudFront takes no other');
  }
  if (webAcl && (webAcl.region !== 'us-east-1' || !values.webAclArn?.includes(':global/'))) {
    fault('webAclArn', 'must be a web ACL of global scope, and so in us-east-1: CloudFront takes no other');
  }
  if (!stack) return;
  for (const [name, arn] of Object.entries({ filesCertificateArn: files, webAclArn: webAcl, ...others })) {
    if (arn && arn.account !== stack.account) fault(name, 'must be in the account of secretArn');
  }
  for (const [name, arn] of Object.entries(others)) {
    if (arn && arn.region !== stack.region) {
      fault(name, 'must be in the region of secretArn, where the stack is');
    }
  }
  if (stack.account === LOCAL_ACCOUNT) return;
  for (const [name, origin] of Object.entries({ appOrigin, filesOrigin, oidcIssuer })) {
    if (isDevelopmentOrigin(origin))
      fault(name, 'must be public: localhost and .test are for the local stack');
  }
}

/** The account and region to which the stack is deployed. */
export function placeOf({ secretArn }: StackValues): { account: string; region: string } {
  const [, , , region = '', account = ''] = secretArn.split(':');
  return { account, region };
}

export function isLocalStack(values: StackValues): boolean {
  return placeOf(values).account === LOCAL_ACCOUNT;
}
