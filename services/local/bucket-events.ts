import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { noteScanResult } from '@cloudfront-cookie-gateway/auth/details/details';
import { createDetailsStore } from '@cloudfront-cookie-gateway/auth/details/table';
import type { ScanResult } from '@cloudfront-cookie-gateway/auth/files/scan-result';
import { SYSTEM_CLOCK } from '@cloudfront-cookie-gateway/auth/wiring/surroundings';
import { writePrivate } from '@cloudfront-cookie-gateway/keys/state-file';
import type { S3Event } from './s3/events.ts';
import { createScanner, type Scanner } from './scanner.ts';
import type { LocalSettings } from './settings.ts';
import { BUCKET, type LocalState, REGION } from './state.ts';
import type { Credentials } from './store/credentials.ts';

/** The header with the time in seconds since 1970, and HMAC-SHA256 of time, `.` and body, in hex: `t=…,v1=…`. */
const SIGNATURE = 'Gateway-Signature';
const ANSWERS_WITHIN_MS = 10_000;

/** What follows from the events of the bucket: they are posted, and new files are scanned. */
export function createBucketEvents(
  { eventsUrl, isScanned }: LocalSettings,
  { directory, secrets }: LocalState,
  places: { s3: string; dynamodb: string; detailsTableName: string; credentials: Credentials },
  onError: (what: 'events' | 'scanner', error: unknown) => void,
) {
  const parts: Scanner[] = [];
  if (eventsUrl !== undefined) {
    // For the receiver.
    writePrivate(join(directory, 'events.json'), JSON.stringify({ secret: secrets.events }));
    parts.push(createEventSender(eventsUrl, secrets.events, (error) => onError('events', error)));
  }
  if (isScanned) parts.push(scannerOf(secrets.operator, places, (error) => onError('scanner', error)));
  return {
    onEvent(event: S3Event): void {
      for (const part of parts) part.add(event);
    },
    async close(): Promise<void> {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/**
 * Posts each event of the bucket to a receiver, once and in their order. An event that the receiver does not take is
 * logged and dropped: on AWS, EventBridge would send it again for a day.
 */
function createEventSender(url: string, secret: string, onError: (error: unknown) => void): Scanner {
  const closing = new AbortController();
  let sent = Promise.resolve();

  async function post(event: S3Event): Promise<void> {
    const body = JSON.stringify(event);
    const seconds = Math.floor(Date.now() / 1_000);
    const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE]: `t=${seconds},v1=${mac}` },
      body,
      redirect: 'error',
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(ANSWERS_WITHIN_MS)]),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  }

  return {
    add: (event) => {
      sent = sent
        .then(() => post(event))
        .catch((error: unknown) => onError(`${event.detail.object.key} is not sent: ${String(error)}`));
    },
    close: async () => {
      closing.abort();
      await sent;
    },
  };
}

/** The stand-in scanner, with the code that writes its results on AWS too. */
function scannerOf(
  operator: Credentials,
  { s3: endpoint, ...places }: Parameters<typeof createBucketEvents>[2],
  onError: (error: unknown) => void,
): Scanner {
  const s3 = new S3Client({ region: REGION, endpoint, credentials: operator, forcePathStyle: true });
  const ofDb = { region: REGION, endpoint: places.dynamodb, credentials: places.credentials };
  const db = new DynamoDBClient(ofDb);
  const store = createDetailsStore({ db, tableName: places.detailsTableName });
  const onResult = (event: ScanResult) => noteScanResult({ store, clock: SYSTEM_CLOCK }, BUCKET, event);
  const scanner = createScanner({ s3, onResult, onError });
  return {
    ...scanner,
    async close() {
      await scanner.close();
      s3.destroy();
      db.destroy();
    },
  };
}
