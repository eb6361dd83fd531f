import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createPresignedPost, type PresignedPost } from '@aws-sdk/s3-presigned-post';
import t from 'tap';
import { BUCKET, CLOUDFRONT, ROLE, raw, s3Client, startS3 } from './local-s3.ts';

const KEY = 'users/abc/写真 1.png';
const APP = { origin: 'http://localhost:3000' };

type Options = Partial<Parameters<typeof createPresignedPost>[1]>;

function present(port: number, options: Options = {}, credential = ROLE): Promise<PresignedPost> {
  return createPresignedPost(s3Client(port, credential), {
    Bucket: BUCKET,
    Key: KEY,
    Conditions: [
      ['content-length-range', 3, 5],
      ['eq', '$Content-Type', 'image/png'],
    ],
    Fields: { 'Content-Type': 'image/png' },
    Expires: 300,
    ...options,
  });
}

/** @param changes fields to set, or to leave out where undefined */
async function post(
  { url, fields }: PresignedPost,
  file: string | Buffer,
  changes: Record<string, string | undefined> = {},
) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changes })) {
    if (value !== undefined) form.append(name, value);
  }
  form.append('file', new Blob([new Uint8Array(Buffer.from(file))]), 'photo.png');
  const response = await fetch(url, { method: 'POST', body: form, headers: APP });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

async function objectText(port: number): Promise<string> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  const { Body, ContentType } = await s3Client(port).send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
  return `${ContentType} ${await Body?.transformToString()}`;
}

t.test('takes the file that the form was made for', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const answer = await post(await present(port), 'png!');
  t.equal(answer.status, 204);
  t.equal(answer.headers.get('etag'), `"${createHash('md5').update('png!').digest('hex')}"`);
  t.equal(answer.headers.get('access-control-allow-origin'), APP.origin);
  t.equal(answer.headers.get('access-control-expose-headers'), 'ETag');
  t.equal(await objectText(port), 'image/png png!');
  const created = await post(
    await present(port, { Fields: { success_action_status: '201', 'Content-Type': 'image/png' } }),
    'png!!',
  );
  t.match(created, { status: 201, body: `<Key>${KEY}</Key>` });
  t.equal(await objectText(port), 'image/png png!!');
});

t.test('takes 16 MB', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const size = 16 * 1024 * 1024;
  const form = await present(port, { Conditions: [['content-length-range', size, size]] });
  t.equal((await post(form, Buffer.alloc(size, 'x'))).status, 204);
  t.match(await post(form, Buffer.alloc(size + 1, 'x')), { status: 400, body: 'EntityTooLarge' });
});

t.test('refuses whatever differs from the form', async (t) => {
  const { store, port, directory } = await startS3();
  t.teardown(() => store.close());
  const form = await present(port);
  const denied = (body: string) => ({ status: 403, body });
  t.match(await post(form, 'much too large'), { status: 400, body: 'EntityTooLarge' });
  t.match(await post(form, ''), { status: 400, body: 'EntityTooSmall' });
  t.match(
    await post(form, 'png!', { key: 'users/xyz/a.png' }),
    denied('Policy Condition failed: [&#34;eq&#34;,&#34;$key'),
  );
  t.match(await post(form, 'png!', { 'Content-Type': 'text/html' }), denied('Policy Condition failed'));
  t.match(await post(form, 'png!', { 'Content-Type': undefined }), denied('Policy Condition failed'));
  t.match(await post(form, 'png!', { acl: 'public-read' }), denied('Extra input fields: acl'));
  t.match(await post(form, 'png!', { 'x-amz-meta-a': 'b' }), denied('Extra input fields'));
  t.match(await post(form, 'png!', { KEY: 'users/abc/other' }), { status: 400, body: 'there twice' });
  t.match(await post(form, 'png!', { 'x-ignore-me': 'x' }), { status: 204 });
  const policy = Buffer.from(form.fields['Policy'] ?? '', 'base64').toString();
  const wider = Buffer.from(
    policy.replace('content-length-range",3,5', 'content-length-range",3,9'),
  ).toString('base64');
  t.match(await post(form, 'png!', { Policy: wider }), denied('SignatureDoesNotMatch'));
  t.match(await post(form, 'png!', { 'X-Amz-Signature': '0'.repeat(64) }), denied('SignatureDoesNotMatch'));
  t.match(await post(form, 'png!', { Policy: undefined }), denied('AccessDenied'));
  const credential = form.fields['X-Amz-Credential'] ?? '';
  t.match(await post(form, 'png!', { 'X-Amz-Credential': credential.replace('us-east-1', 'eu-west-1') }), {
    status: 400,
  });
  t.match(
    await post(form, 'png!', { 'X-Amz-Credential': credential.replace('ROLE', 'NONE') }),
    denied('InvalidAccessKeyId'),
  );
  t.match(
    await post({ ...form, url: form.url.replace(BUCKET, 'another') }, 'png!'),
    denied('Policy Condition failed'),
  );
  t.equal(readdirSync(join(directory, 'data')).length, 1, 'nothing stays of what was refused');
});

t.test('refuses a form that has expired', async (t) => {
  let nowMs = Date.now();
  const { store, port } = await startS3({ now: () => nowMs });
  t.teardown(() => store.close());
  const form = await present(port, { Expires: 60 });
  t.equal((await post(form, 'png!')).status, 204);
  nowMs += 61_000;
  t.match(await post(form, 'png!'), { status: 403, body: 'Invalid according to Policy: Policy expired.' });
});

t.test('gives a form no more than its signer may do', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const outside = await present(port, { Key: 'other/a.png' });
  t.match(await post(outside, 'png!'), { status: 403, body: 'Access Denied' });
  t.match(await post(await present(port, {}, CLOUDFRONT), 'png!'), { status: 403, body: 'Access Denied' });
});

t.test('checks a SHA-256 that the form names', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const sha256 = createHash('sha256').update('png!').digest('base64');
  const form = await present(port, {
    Fields: { 'Content-Type': 'image/png', 'x-amz-checksum-sha256': sha256 },
  });
  t.equal((await post(form, 'png!')).status, 204);
  t.match(await post(form, 'gif!'), { status: 400, body: 'BadDigest' });
  t.equal(await objectText(port), 'image/png png!');
});

t.test('does not promise what it does not do', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const redirecting = await present(port, {
    Fields: { 'Content-Type': 'image/png', success_action_redirect: 'https://x.example/' },
  });
  t.match(await post(redirecting, 'png!'), { status: 501, body: 'success_action_redirect' });
  // Outside the condition on the key, which starts-with leaves open.
  const named = await present(port, { Key: 'users/abc/$' + '{filename}' });
  t.match(await post(named, 'png!'), { status: 501, body: 'filename' });
});

t.test('outlives clients that go away in the middle of a file', async (t) => {
  const said: unknown[] = [];
  t.intercept(console, 'error', { value: (...line: unknown[]) => said.push(line) });
  const { store, port, directory } = await startS3();
  t.teardown(() => store.close());
  const { fields } = await present(port);
  for (const [file, key] of [
    ['png', KEY],
    ['png', 'users/xyz/refused.png'],
  ] as const) {
    const parts = Object.entries({ ...fields, key }).map(
      ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const head = `POST /${BUCKET} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 99999\r\n`;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head}Content-Type: multipart/form-data; boundary=b\r\n\r\n${parts.join('')}`);
    socket.write(`--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n${file}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.strictSame(readdirSync(join(directory, 'data')), [], key);
  }
  t.equal((await post(await present(port), 'png!')).status, 204);
  t.strictSame(said, []);
});

t.test('answers broken forms', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const send = (body: string, type = 'multipart/form-data; boundary=b') =>
    raw(port, 'POST', `/${BUCKET}`, { 'content-type': type }, body);
  const malformed = { status: 400, body: 'MalformedPOSTRequest' };
  t.match(await send('--b--\r\n'), malformed);
  t.match(await send('', 'multipart/form-data'), malformed);
  t.match(await send('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end'), malformed);
  const other = '--b\r\nContent-Disposition: form-data; name="other"; filename="x"\r\n\r\nx\r\n--b--\r\n';
  t.match(await send(other), malformed);
  t.match(await send('a=b', 'application/x-www-form-urlencoded'), { status: 403 });
});
