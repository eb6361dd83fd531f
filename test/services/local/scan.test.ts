import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { parseJson, type SignedInUser, signIn } from '../../support/client.ts';
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

t.test('a copy has no tag, and is scanned itself', async (t) => {
  const { url } = await ann.upload({ name: 'from.txt', type: 'text/plain', bytes: bytesOf('copied') });
  t.equal(await scanned('from.txt'), undefined);
  t.equal((await ann.post('/api/files/copy', { from: 'from.txt', to: 'to.txt' })).status, 200);
  t.equal(await scanned('to.txt'), undefined);
  t.equal((await ann.request(url.replace('from.txt', 'to.txt'))).status, 200);
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
