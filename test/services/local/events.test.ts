import { createHmac } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createBucketEvents } from '../../../services/local/bucket-events.ts';
import { createEventSender } from '../../../services/local/events.ts';
import { createEvents, type S3Event } from '../../../services/local/s3/events.ts';
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
  const third = createEventSender(options);
  third.add(created('old'));
  await receiver.came(before + 4);
  await third.close();
  const seen = receiver.received.length;
  const fourth = createEventSender({ ...options, now: () => Date.now() + 25 * 3_600_000 });
  fourth.add(created('new'));
  await receiver.came(seen + 1);
  await fourth.close();
  t.equal(receiver.keys().slice(seen).includes('old'), false);
});

t.test('what waits for its scan is scanned before the close ends', async (t) => {
  const asked: string[] = [];
  const gone = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url?.split('?')[0]}`);
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
  });
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  t.teardown(() => gone.close());
  const endpoint = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  const state = openLocalState(temporaryDirectory(t));
  const places = { s3: endpoint, dynamodb: endpoint, detailsTableName: 'details', credentials: state.mover };
  const faults: unknown[] = [];
  const events = createBucketEvents(parseLocalSettings({ SCAN: 'demo' }), state, places, (fault) =>
    faults.push(fault),
  );
  events.onEvent(created('a.jpg'));
  await events.close();
  t.strictSame([asked, faults], [['GET /files/a.jpg'], []]);
});
