import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, NoSuchKey, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import { SCAN_RESULT, type ScanResult } from '@cloudfront-cookie-gateway/auth/files/scan-result';
import type { Template } from '@cloudfront-cookie-gateway/infra/synth';
import type { S3Event } from './s3/events.ts';

/** The tag that GuardDuty sets (GuardDuty User Guide, "Enabling tagging"). */
const SCAN_TAG = 'GuardDutyMalwareScanStatus';

/** The EICAR test file, in two parts, so that no scanner takes this source for it. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'];

/** Where the test file is looked for. */
const SCANNED_BYTES = 1_048_576;

/** So that a person sees a file that waits for its scan. */
const DELAY_MS = 1_000;

type Status = ScanResult['detail']['scanResultDetails']['scanResultStatus'];

/** The template with files that the distribution reads only once a scanner has tagged them as clean. */
export function withScan(template: Template): Template {
  const tag = { [`s3:ExistingObjectTag/${SCAN_TAG}`]: 'NO_THREATS_FOUND' };
  return JSON.parse(JSON.stringify(template), (_, value) => {
    if (value?.Action !== 's3:GetObject' || !value.Principal || !value.Condition) return value;
    const StringEquals = { ...value.Condition.StringEquals, ...tag };
    return { ...value, Condition: { ...value.Condition, StringEquals } };
  });
}

export interface Scanner {
  /** Scans an object that was created. */
  add(event: S3Event): void;
  /** What waits is scanned at once. */
  close(): Promise<void>;
}

/**
 * Stands in for GuardDuty's malware protection. It tags each new object a moment after it was created: the EICAR test
 * file is infected, and all else is clean. What was there before stays without a tag, as with GuardDuty.
 * @param options.s3 with credentials that may read and tag
 * @param options.onResult gets GuardDuty's event, once the tag is set
 * @param options.onError an object could not be scanned; it stays without a tag
 */
export function createScanner(options: {
  s3: S3Client;
  onResult: (event: ScanResult) => Promise<void>;
  onError: (error: unknown) => void;
  delayMs?: number;
}): Scanner {
  const { s3, onResult, onError, delayMs = DELAY_MS } = options;
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function scan({ account, region, detail }: S3Event): Promise<void> {
    await setTimeout(delayMs, undefined, { signal: closing.signal }).catch(() => {});
    const { bucket, object } = detail;
    const named = { Bucket: bucket.name, Key: object.key, VersionId: object['version-id'] };
    const status = await statusOf(s3, named, object.size);
    if (status === undefined) return;
    const Tagging = { TagSet: [{ Key: SCAN_TAG, Value: status }] };
    await s3.send(new PutObjectTaggingCommand({ ...named, Tagging }));
    await onResult({
      'detail-type': SCAN_RESULT,
      source: 'aws.guardduty',
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      ...{ version: '0', account, region },
      detail: {
        ...{ schemaVersion: '1.0', scanStatus: 'COMPLETED', resourceType: 'S3_OBJECT' },
        s3ObjectDetails: {
          ...{ bucketName: bucket.name, objectKey: object.key, eTag: object.etag ?? '' },
          ...{ versionId: object['version-id'], s3Throttled: false },
        },
        scanResultDetails: { scanResultStatus: status },
      },
    });
  }

  return {
    add(event) {
      if (event['detail-type'] !== 'Object Created') return;
      const scanning = scan(event)
        .catch(onError)
        .finally(() => underWay.delete(scanning));
      underWay.add(scanning);
    },
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}

/** @returns undefined if the object is gone */
async function statusOf(
  s3: S3Client,
  named: { Bucket: string; Key: string; VersionId: string | undefined },
  size = 0,
): Promise<Status | undefined> {
  const Range = size > 0 ? `bytes=0-${SCANNED_BYTES - 1}` : undefined;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ ...named, Range }));
    const text = (await Body?.transformToString('latin1')) ?? '';
    return text.includes(EICAR.join('')) ? 'THREATS_FOUND' : 'NO_THREATS_FOUND';
  } catch (error) {
    if (error instanceof NoSuchKey || (error instanceof Error && error.name === 'NoSuchVersion'))
      return undefined;
    throw error;
  }
}
