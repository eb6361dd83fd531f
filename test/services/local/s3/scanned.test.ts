import { PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { synthesizeForTest } from '../../../support/cached-build.ts';
import { ecKey, localValues } from '../../../support/local-values.ts';
import {
  Bucket,
  CLOUDFRONT,
  get,
  OPERATOR,
  put,
  SCHEDULE,
  ROLE as SERVICE,
  s3Client,
  startS3,
} from '../support/local-s3.ts';

const STATUS = 'GuardDutyMalwareScanStatus';
const KEY = 'users/ann/letter.txt';
const CLEAN = 'NO_THREATS_FOUND';
const NOT_SCANNED = ['UNSUPPORTED', 'ACCESS_DENIED', 'FAILED'];

/** A bucket whose files are scanned, with a client for each of those who ask. */
async function startScanned(t: Test, serveNotScanned = false) {
  const values = localValues([ecKey('K1')], { keepDeletedDays: 7, scan: 'guardduty', serveNotScanned });
  const template = await synthesizeForTest(values);
  const roleOf = (name: string) => {
    const logicalId = Object.keys(Object(template['Resources'])).find((id) => id.startsWith(`${name}Role`));
    const principal = { kind: 'role' as const, logicalIds: [logicalId ?? ''] };
    return { accessKeyId: `LOCAL${name}`, secretAccessKey: `secret of ${name}`, principal };
  };
  const people = {
    operator: OPERATOR,
    service: SERVICE,
    schedule: SCHEDULE,
    cloudfront: CLOUDFRONT,
    mover: roleOf('Mover'),
    scanner: roleOf('Scanner'),
  };
  const { store, port } = await startS3({ template, credentials: Object.values(people) });
  const client = (name: keyof typeof people) => {
    const s3 = s3Client(port, people[name]);
    t.teardown(() => s3.destroy());
    return s3;
  };
  const clients = {
    operator: client('operator'),
    service: client('service'),
    schedule: client('schedule'),
    cloudfront: client('cloudfront'),
    mover: client('mover'),
    scanner: client('scanner'),
  };
  t.teardown(() => store.close());
  return clients;
}

function tag(s3: S3Client, Value: string, more: object = {}) {
  const Tagging = { TagSet: [{ Key: STATUS, Value }] };
  return s3.send(new PutObjectTaggingCommand({ Bucket, Key: KEY, Tagging, ...more }));
}

/** Whether the distribution gets the file. */
async function isServed(cloudfront: S3Client, key = KEY): Promise<boolean> {
  try {
    await get(cloudfront, key);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDenied') return false;
    throw error;
  }
}

for (const serveNotScanned of [false, true]) {
  t.test(`what is served, with serveNotScanned ${serveNotScanned}`, async (t) => {
    const { service, scanner, cloudfront } = await startScanned(t, serveNotScanned);
    await put(service, KEY);
    t.notOk(await isServed(cloudfront), 'before the scan');
    for (const [status, expected] of [
      ...NOT_SCANNED.map((each) => [each, serveNotScanned] as const),
      ['THREATS_FOUND', false],
      [CLEAN.toLowerCase(), false],
      ['', false],
      [CLEAN, true],
    ] as const) {
      await tag(scanner, status);
      t.equal(await isServed(cloudfront), expected, status);
    }
    await put(service, KEY, 'replaced');
    t.notOk(await isServed(cloudfront), 'a replacement has not been scanned');
    t.notOk(await isServed(cloudfront, 'users/ann/none.txt'), 'what is not there has no tag either');
  });
}
