import { createHmac } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import type { ScanResult } from '../../../services/auth/domain/scan-result.ts';
import { createBucketEvents } from '../../../services/local/bucket-events.ts';
import { createEventSender } from '../../../services/local/events.ts';
import { createEvents, type S3Event } from '../../../services/local/s3/events.ts';
import { createScanner } from '../../../services/local/scanner.ts';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import { openLocalState } from '../../../services/local/state.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

const SECRET = 'a-secret-of-the-receiver';
const toEvent = createEvents({
  ...{ bucketName: 'files', region: 'us-east-1', accountId: '000000000000', now: Date.now },
});
const created = (key: string): S3Event =>
  toEvent({
    key,
    version: { ...{ pieces: [], size: 5, etag: '"e"', headers: {} }, versionId: 'v1', lastModifiedMs: 0 },
    reason: 'PutObject',
  });

interface Received {
  event: S3Event;
  signature: string;
  body: string;
}

/** @param answer gives the status of the answer to each request */
async function startReceiver(t: Test, answer: (event: S3Event, count: number) => number) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const event: S3Event = JSON.parse(body);
    received.push({ event, body, signature: String(request.headers['gateway-signature']) });
    response.writeHead(answer(event, received.length)).end();
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    received,
    keys: () => received.map(({ event }) => event.detail.object.key),
    /** Waits until so many requests have come. */
    came: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** The receiver's answer has come once the file is gone. */
async function isEmpty(directory: string): Promise<void> {
  while (readdirSync(directory).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

t.test('an event is signed, and comes until the receiver takes it', async (t) => {
  const directory = temporaryDirectory(t);
  const receiver = await startReceiver(t, (_, count) => (count <= 2 ? 500 : 204));
  const sender = createEventSender({ directory, url: receiver.url, secret: SECRET, pauseMs: 1 });
  const event = created('users/ann/a.jpg');
  sender.add(event);
  t.equal(readdirSync(directory).length, 1, 'it is on the disk at once');
  await isEmpty(directory);
  await sender.close();
  t.strictSame(
    receiver.received.map((each) => each.event),
    [event, event, event],
  );
  for (const { signature, body } of receiver.received) {
    const [, seconds = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    t.equal(mac, createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'), signature);
    t.ok(Math.abs(Number(seconds) - Date.now() / 1_000) < 60, signature);
  }
});

t.test('the events of one key come in their order, and hold up no other key', async (t) => {
  const directory = temporaryDirectory(t);
  let isBroken = true;
  const receiver = await startReceiver(t, ({ detail }) =>
    detail.object.key === 'broken' && isBroken ? 503 : 200,
  );
  const sender = createEventSender({ directory, url: receiver.url, secret: SECRET, pauseMs: 1 });
  const events = ['broken', 'a', 'broken', 'a', 'a'].map(created);
  for (const event of events) sender.add(event);
  const taken = () => receiver.received.filter(({ event }) => event.detail.object.key === 'a');
  for (let count = 1; taken().length < 3; count++) await receiver.came(count);
  const sequence = (key: string) =>
    receiver.received.flatMap(({ event: { detail } }) =>
      detail.object.key === key ? [detail.object.sequencer] : [],
    );
  t.strictSame(sequence('a'), [...sequence('a')].toSorted());
  t.equal(new Set(sequence('broken')).size, 1, 'the second one waits for the first');
  isBroken = false;
  for (let count = receiver.received.length; new Set(sequence('broken')).size < 2; count++)
    await receiver.came(count);
  await isEmpty(directory);
  await sender.close();
  t.strictSame(sequence('broken'), [...sequence('broken')].toSorted());
});

t.test('what was not taken comes after a restart, in its order, and after a day no more', async (t) => {
  const directory = temporaryDirectory(t);
  let status = 500;
  const receiver = await startReceiver(t, () => status);
  const options = { directory, url: receiver.url, secret: SECRET, pauseMs: 1 };
  const first = createEventSender(options);
  for (const key of ['a', 'b', 'a']) first.add(created(key));
  await receiver.came(2);
  await first.close();
  t.equal(readdirSync(directory).length, 3);
  writeFileSync(join(directory, '9999999999999999.json.part'), '{"half');
  status = 200;
  const before = receiver.received.length;
  const second = createEventSender(options);
  await isEmpty(directory);
  await second.close();
  const later = receiver.received.slice(before).map(({ event }) => event.detail.object);
  t.strictSame(later.map(({ key }) => key).toSorted(), ['a', 'a', 'b']);
  const ofA = later.flatMap(({ key, sequencer }) => (key === 'a' ? [sequencer] : []));
  t.strictSame(ofA, [...ofA].toSorted());

  status = 500;
  const at = Date.now();
  const third = createEventSender({ ...options, now: () => at });
  third.add(created('old'));
  await receiver.came(before + 4);
  await third.close();
  const seen = receiver.received.length;
  const after = (ms: number) => createEventSender({ ...options, now: () => at + ms });
  const DAY_MS = 24 * 3_600_000;
  const fourth = after(DAY_MS);
  await receiver.came(seen + 1);
  await fourth.close();
  t.equal(receiver.keys().at(-1), 'old', 'it is kept for a day');
  const last = receiver.received.length;
  const fifth = after(DAY_MS + 1);
  fifth.add(created('new'));
  await receiver.came(last + 1);
  await fifth.close();
  t.equal(receiver.keys().slice(last).includes('old'), false);
});

t.test('eight are under way at once, and an answer that does not end is not waited for', async (t) => {
  const directory = temporaryDirectory(t);
  const open: ServerResponse[] = [];
  const came = new EventEmitter();
  const receiver = createServer(({ url }, response) => {
    if (url === '/of-this-test') response.end();
    else if (open.push(response) >= 8) came.emit(`${open.length}`);
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  t.teardown(() => receiver.close());
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const eight = once(came, '8');
  const sender = createEventSender({ directory, url, secret: SECRET });
  for (let key = 0; key < 10; key++) sender.add(created(`${key}`));
  await eight;
  // A ninth would have come before this.
  await fetch(`${url}/of-this-test`);
  t.equal(open.length, 8);
  const ten = once(came, '10');
  const ended = open.slice(0, 2).map((response) => once(response, 'close'));
  for (const response of open.slice(0, 2)) response.writeHead(200).write('no end');
  await Promise.all([ten, ...ended]);
  await sender.close();
  t.equal(readdirSync(directory).length, 8, 'what was not answered is kept');
});

t.test('each pause is twice the one before', async (t) => {
  const times: number[] = [];
  const receiver = await startReceiver(t, () => {
    times.push(performance.now());
    return 500;
  });
  const sender = createEventSender({
    ...{ directory: temporaryDirectory(t), url: receiver.url, secret: SECRET, pauseMs: 20 },
  });
  sender.add(created('a'));
  await receiver.came(4);
  await sender.close();
  // A timer of Node may be a millisecond early.
  for (const [index, least] of [19, 39, 79].entries())
    t.ok(Number(times[index + 1]) - Number(times[index]) >= least, `pause ${index + 1}`);
});

t.test('the files and the secret are for this user alone, and the secret stays', async (t) => {
  const directory = temporaryDirectory(t);
  const state = openLocalState(directory);
  const settings = parseLocalSettings({ EVENTS_URL: 'http://127.0.0.1:1' });
  const places = { s3: '', dynamodb: '', detailsTableName: '', credentials: state.mover };
  const file = join(directory, 'events.json');
  const start = async () => {
    const events = createBucketEvents(settings, state, places, () => {});
    events.onEvent(created('a'));
    await events.close();
    return JSON.parse(readFileSync(file, 'utf8'));
  };
  const { secret } = await start();
  t.match(secret, /^[\w-]{43}$/);
  const [event = ''] = readdirSync(join(directory, 'events'));
  t.match(event, /^\d{16}\.json$/, 'names are in the order of the events');
  t.strictSame(
    ['events', 'events.json', `events/${event}`].map((name) => statSync(join(directory, name)).mode & 0o777),
    [0o700, 0o600, 0o600],
  );
  t.strictSame(await start(), { secret });
  t.capture(console, 'error');
  for (const damaged of ['{}', '{"secret":""}', '{"secret":1}', '{']) {
    writeFileSync(file, damaged);
    t.notSame((await start()).secret, secret, damaged);
    t.equal(readFileSync(`${file}.bad`, 'utf8'), damaged);
  }
});

/** EICAR's test file, in parts, so that no scanner takes this file for it. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-', 'TEST-FILE!$H+H*'].join('');

/** S3 with one object, which comes in chunks. */
function s3With(chunks: string[], code?: string): S3Client {
  const answer = (method: string) => {
    if (method !== 'GET') return { statusCode: 200, headers: {} };
    if (code === undefined)
      return { statusCode: 200, headers: {}, body: Readable.from(chunks.map(Buffer.from)) };
    return {
      statusCode: 404,
      headers: {},
      body: Readable.from([Buffer.from(`<Error><Code>${code}</Code></Error>`)]),
    };
  };
  const requestHandler = {
    handle: async ({ method }: { method: string }) => ({ response: answer(method) }),
  };
  return new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    requestHandler,
  });
}

t.test('what a scan says, however the file comes, and of a file that is gone', async (t) => {
  const scan = async (s3: S3Client) => {
    const results: ScanResult[] = [];
    const faults: unknown[] = [];
    const onResult = async (result: ScanResult) => void results.push(result);
    const scanner = createScanner({ s3, onResult, onError: (fault) => faults.push(fault), delayMs: 1 });
    scanner.add(created('users/ann/a.jpg'));
    scanner.add({ ...created('users/ann/a.jpg'), 'detail-type': 'Object Deleted' });
    await scanner.close();
    return { results, faults };
  };
  for (const [status = '', ...chunks] of [
    ['THREATS_FOUND', EICAR],
    ...[1, 30, 67].map((at) => ['THREATS_FOUND', `before ${EICAR.slice(0, at)}`, `${EICAR.slice(at)} after`]),
    ['THREATS_FOUND', ...EICAR],
    ['NO_THREATS_FOUND', EICAR.slice(0, -1)],
    ['NO_THREATS_FOUND'],
  ]) {
    const { faults, results } = await scan(s3With(chunks));
    t.strictSame(faults, [], status);
    const [{ time = '', ...result } = {}, ...more] = results;
    t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    t.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
    t.strictSame(more, []);
    t.strictSame(result, {
      ...{ 'detail-type': 'GuardDuty Malware Protection Object Scan Result', source: 'aws.guardduty' },
      ...{ version: '0', account: '000000000000', region: 'us-east-1' },
      detail: {
        ...{ schemaVersion: '1.0', scanStatus: 'COMPLETED', resourceType: 'S3_OBJECT' },
        s3ObjectDetails: {
          ...{ bucketName: 'files', objectKey: 'users/ann/a.jpg', eTag: 'e', versionId: 'v1' },
          s3Throttled: false,
        },
        scanResultDetails: { scanResultStatus: status },
      },
    });
  }
  for (const [code, ...names] of [
    ['NoSuchKey'],
    ['NoSuchVersion'],
    ['AccessDenied', 'AccessDenied'],
  ] as const) {
    const { faults, results } = await scan(s3With([], code));
    t.strictSame(results, [], code);
    t.strictSame(
      faults.map((fault) => (fault instanceof Error ? fault.name : fault)),
      names,
      code,
    );
  }
});

t.test('what waits for its scan is scanned before the close ends, which leaves no connection', async (t) => {
  const asked: string[] = [];
  const closed: Promise<unknown>[] = [];
  const stores = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.setHeader('x-amzn-requestid', '1').end('{}');
  });
  // A connection stays until its client closes it.
  stores.keepAliveTimeout = 0;
  stores.on('connection', (socket) => closed.push(once(socket, 'close')));
  await new Promise<void>((resolve) => stores.listen(0, '127.0.0.1', resolve));
  t.teardown(() => stores.close());
  const endpoint = `http://127.0.0.1:${(stores.address() as AddressInfo).port}`;
  const state = openLocalState(temporaryDirectory(t));
  const places = { s3: endpoint, dynamodb: endpoint, detailsTableName: 'details', credentials: state.mover };
  const faults: unknown[] = [];
  const events = createBucketEvents(parseLocalSettings({ SCAN: 'demo' }), state, places, (fault) =>
    faults.push(fault),
  );
  const key = `users/${'a'.repeat(26)}/a.jpg`;
  const { detail, ...event } = created(key);
  events.onEvent({ ...event, detail: { ...detail, bucket: { name: 'gateway-files' } } });
  await events.close();
  const version = 'versionId=v1';
  const wanted = [
    `GET /gateway-files/${key}?${version}&x-id=GetObject`,
    `PUT /gateway-files/${key}?tagging=&${version}`,
    'POST /',
  ];
  t.strictSame([[...new Set(asked)], faults], [wanted, []]);
  t.equal(closed.length, 2, 'to S3 and to the database');
  await Promise.all(closed);
});
