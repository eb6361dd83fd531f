import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { noteScanResult } from '@cloudfront-cookie-gateway/auth/files/details';
import { createDetailsStore } from '@cloudfront-cookie-gateway/auth/table/details';
import { SYSTEM_CLOCK } from '@cloudfront-cookie-gateway/auth/wiring/surroundings';
import { readPrivate, writePrivate } from '@cloudfront-cookie-gateway/keys/state-file';
import type { S3Event } from './s3/events.ts';
import { createScanner, type Scanner } from './scanner.ts';
import type { LocalSettings } from './settings.ts';
import { BUCKET, type LocalState, REGION } from './state.ts';
import type { Credentials } from './store/credentials.ts';

/** The header with the time in seconds since 1970, and HMAC-SHA256 of time, `.` and body, in hex: `t=…,v1=…`. */
const SIGNATURE = 'Gateway-Signature';
const ANSWERS_WITHIN_MS = 10_000;

/** What follows from the events of the bucket: they are posted, and new files are scanned. */
export interface BucketEvents {
  onEvent(event: S3Event): void;
  close(): Promise<void>;
}

export function createBucketEvents(
  { eventsUrl, isScanned }: LocalSettings,
  state: LocalState,
  places: { s3: string; dynamodb: string; detailsTableName: string; credentials: Credentials },
  onError: (what: 'events' | 'scanner', error: unknown) => void,
): BucketEvents {
  const parts: Scanner[] = [];
  if (eventsUrl !== undefined) {
    const secret = openSecret(state.directory);
    parts.push(createEventSender(eventsUrl, secret, (error) => onError('events', error)));
  }
  if (isScanned) parts.push(scannerOf(state, places, (error) => onError('scanner', error)));
  return {
    onEvent: (event) => {
      for (const part of parts) part.add(event);
    },
    async close() {
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

/** The stand-in scanner, with credentials of its own, and the code that writes its results on AWS too. */
function scannerOf(
  { scanner: credentials }: LocalState,
  { s3: endpoint, ...places }: Parameters<typeof createBucketEvents>[2],
  onError: (error: unknown) => void,
): Scanner {
  const s3 = new S3Client({ region: REGION, endpoint, credentials, forcePathStyle: true });
  const db = new DynamoDBClient({
    region: REGION,
    endpoint: places.dynamodb,
    credentials: places.credentials,
  });
  const store = createDetailsStore({ db, tableName: places.detailsTableName });
  const scanner = createScanner({
    s3,
    onResult: (event) => noteScanResult({ store, clock: SYSTEM_CLOCK }, BUCKET, event),
    onError,
  });
  return {
    ...scanner,
    async close() {
      await scanner.close();
      s3.destroy();
      db.destroy();
    },
  };
}

/** The key of the events' signatures. `.local/events.json` has it for the receiver. */
function openSecret(directory: string): string {
  const file = join(directory, 'events.json');
  const kept = readPrivate(file, parseSecret);
  if (kept !== undefined) return kept;
  const secret = randomBytes(32).toString('base64url');
  writePrivate(file, JSON.stringify({ secret }));
  return secret;
}

/** @throws SyntaxError if there is no secret */
function parseSecret(json: string): string {
  const { secret } = JSON.parse(json);
  if (typeof secret === 'string' && secret !== '') return secret;
  throw new SyntaxError('no secret');
}
