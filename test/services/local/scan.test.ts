import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { createDetailsStore } from '../../../services/auth/adapters/details.ts';
import { SCAN_RESULT } from '../../../services/auth/domain/scan-result.ts';
import { noteScanResult } from '../../../services/auth/files/details.ts';
import { BUCKET, REGION } from '../../../services/local/state.ts';
import { inTeam, parseJson, type SignedInUser, signIn } from '../../support/client.ts';
import { operatorsBucket } from '../../support/operators-bucket.ts';
import { startTestStack } from '../../support/test-stack.ts';

/** The EICAR test file, in parts, so that no scanner takes this file for it. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-', 'TEST-FILE!$H+H*'].join('');

interface Event {
  'detail-type': string;
  detail: { object: { key: string }; reason: string; 'deletion-type'?: string };
}

const events: Event[] = [];
const posted: { body: string; signature: string }[] = [];
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const event: Event = JSON.parse(body);
  events.push(event);
  posted.push({ body, signature: String(request.headers['gateway-signature']) });
  response.writeHead(event.detail.object.key.endsWith('refused.txt') ? 500 : 204).end();
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
t.teardown(() => receiver.close());
const { port } = receiver.address() as AddressInfo;
const stack = await startTestStack(t, { env: { SCAN: 'demo', EVENTS_URL: `http://127.0.0.1:${port}` } });
const bucket = operatorsBucket(t, stack);
const ann = await signIn(stack, 'ann');
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

async function scanOf(user: SignedInUser, name: string): Promise<string | undefined> {
  const answer = await user.request(`${stack.appOrigin}/api/files`);
  const { files } = await parseJson<{ files: { name: string; scan?: string }[] }>(answer);
  const file = files.find((each) => each.name === name);
  if (!file) throw new Error(`no ${name}`);
  return file.scan;
}

/** Asks until the answer is another one. The runner ends a test that waits too long. */
async function until<T>(ask: () => Promise<T>, is: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (is(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const scanned = (name: string) =>
  until(
    () => scanOf(ann, name),
    (scan) => scan !== 'scanning',
  );

t.test('a file is served once it was scanned, and an infected one never', async (t) => {
  const clean = await ann.upload({ name: 'clean.txt', type: 'text/plain', bytes: bytesOf('hello') });
  t.equal(await scanOf(ann, 'clean.txt'), 'scanning');
  t.equal((await ann.request(clean.url)).status, 403);
  t.equal(await scanned('clean.txt'), undefined);
  t.equal((await ann.request(clean.url)).status, 200);

  const infected = await ann.upload({
    name: 'infected.txt',
    type: 'text/plain',
    bytes: bytesOf(`x${EICAR}`),
  });
  t.equal(await scanned('infected.txt'), 'refused');
  t.equal((await ann.request(infected.url)).status, 403);

  await ann.upload({ name: 'clean.txt', type: 'text/plain', bytes: bytesOf(EICAR), replace: true });
  t.equal(await scanned('clean.txt'), 'refused', 'a replacement is scanned anew');
});

t.test(
  'in a team, each member sees what the scan says, and a result goes to the row of the team',
  async (t) => {
    const bob = await signIn(stack, 'bob');
    const { id } = await parseJson<{ id: string }>(await ann.post('/api/teams', { name: 'Photos' }));
    const invited = await ann.post(`/api/teams/${id}/invitations`, { role: 'viewer' });
    const secret = (await parseJson<{ url: string }>(invited)).url.split('#join=')[1];
    t.equal((await bob.post('/api/invitations/accept', { secret })).status, 200);
    const [manager, viewer] = [inTeam(stack, ann, id), inTeam(stack, bob, id)];
    const put = (name: string, text: string) =>
      manager.upload({ name, type: 'text/plain', bytes: bytesOf(text) });
    const ended = (name: string) =>
      until(
        () => scanOf(viewer, name),
        (scan) => scan !== 'scanning',
      );
    const statusOf = async (url: string) => {
      t.equal((await bob.post(`/auth/refresh?team=${id}`)).status, 200);
      return (await bob.request(url)).status;
    };

    const clean = await put('clean.txt', 'of the team');
    t.strictSame(
      [await scanOf(manager, 'clean.txt'), await scanOf(viewer, 'clean.txt')],
      ['scanning', 'scanning'],
    );
    const infected = await put('infected.txt', EICAR);
    t.equal(await ended('clean.txt'), undefined);
    t.equal(await ended('infected.txt'), 'refused');
    t.strictSame([await statusOf(clean.url), await statusOf(infected.url)], [200, 403]);
    t.equal(await scanOf(manager, 'infected.txt'), 'refused', 'for a manager too');

    // The stand-in can read everything. GuardDuty says this of an encrypted archive.
    const db = new DynamoDBClient({
      endpoint: `http://localhost:${stack.settings.ports.dynamodb}`,
      region: REGION,
      credentials: stack.state.secrets.service,
    });
    t.teardown(() => db.destroy());
    const { TableNames = [] } = await db.send(new ListTablesCommand({}));
    const tableName = TableNames.find((name) => name.includes('Details')) ?? '';
    const Key = `teams/${id}/clean.txt`;
    const { ETag: eTag } = await bucket.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
    await noteScanResult(createDetailsStore({ db, tableName }), BUCKET, {
      ...{ 'detail-type': SCAN_RESULT, source: 'aws.guardduty' },
      time: `${new Date(Date.now() + 1_000).toISOString().slice(0, 19)}Z`,
      detail: {
        s3ObjectDetails: { bucketName: BUCKET, objectKey: Key, eTag },
        scanResultDetails: { scanResultStatus: 'UNSUPPORTED' },
      },
    });
    t.strictSame(
      [await scanOf(manager, 'clean.txt'), await scanOf(viewer, 'clean.txt')],
      ['not_scanned', 'not_scanned'],
    );
    await ann.upload({ name: 'clean.txt', type: 'text/plain', bytes: bytesOf('of Ann'), replace: true });
    t.equal(await scanned('clean.txt'), undefined, "a file of one's own with this name has its own row");
  },
);

t.test('a copy has no tag, and is scanned itself', async (t) => {
  const { url } = await ann.upload({ name: 'from.txt', type: 'text/plain', bytes: bytesOf('copied') });
  t.equal(await scanned('from.txt'), undefined);
  t.equal((await ann.post('/api/files/copy', { from: 'from.txt', to: 'to.txt' })).status, 200);
  t.equal(await scanned('to.txt'), undefined);
  t.equal((await ann.request(url.replace('from.txt', 'to.txt'))).status, 200);
});

t.test('the scanner alone tags: the service and the mover may not', async (t) => {
  const { s3 } = bucket;
  const Key = `users/${ann.id}/to.txt`;
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key }));
  t.strictSame(TagSet, [{ Key: 'GuardDutyMalwareScanStatus', Value: 'NO_THREATS_FOUND' }]);
  for (const [index, credentials] of [
    stack.state.secrets.service,
    stack.state.mover,
    stack.state.secrets.cloudfront,
  ].entries()) {
    const other = new S3Client({
      endpoint: stack.s3Origin,
      region: REGION,
      forcePathStyle: true,
      credentials,
    });
    const Tagging = { TagSet: [{ Key: 'GuardDutyMalwareScanStatus', Value: 'NO_THREATS_FOUND' }] };
    await t.rejects(
      other.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key, Tagging })),
      {
        name: 'AccessDenied',
      },
      `row ${index}`,
    );
    other.destroy();
  }
});

t.test(
  'what happens in the bucket is posted with a signature, and what is not taken is logged',
  async (t) => {
    await ann.upload({ name: 'refused.txt', type: 'text/plain', bytes: bytesOf('event') });
    t.match(await stack.logged('refused.txt is not sent'), `users/${ann.id}/refused.txt`);
    await ann.upload({ name: 'event.txt', type: 'text/plain', bytes: bytesOf('event') });
    await ann.delete('/api/files?name=event.txt');
    const Key = `users/${ann.id}/event.txt`;
    const about = async () => events.filter(({ detail }) => detail.object.key === Key);
    const [created, deleted] = await until(about, ({ length }) => length >= 2);
    t.match(created, {
      'detail-type': 'Object Created',
      detail: { object: { size: 5 }, reason: 'PutObject' },
    });
    t.match(deleted, {
      'detail-type': 'Object Deleted',
      detail: { 'deletion-type': 'Delete Marker Created' },
    });
    const copied = events.find(({ detail }) => detail.object.key.endsWith('/to.txt'));
    t.equal(copied?.detail.reason, 'CopyObject');
    const { secret } = JSON.parse(readFileSync(join(stack.directory, 'events.json'), 'utf8'));
    for (const { body, signature } of posted) {
      const [, seconds = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
      t.equal(mac, createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
      t.ok(Math.abs(Number(seconds) - Date.now() / 1_000) < 60, signature);
    }
  },
);
