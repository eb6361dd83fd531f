import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { createObjectStore } from '../../services/auth/files/bucket.ts';
import { createPutPresigner } from '../../services/auth/files/put-presigner.ts';
import {
  type PromisedUpload,
  parseJson,
  type SignedInUser,
  type SignedPut,
  sha256,
  signIn,
} from './client.ts';
import type { Bucket } from './multipart-suite.ts';
import type { TestStack } from './test-stack.ts';

const text = (content: string) => new TextEncoder().encode(content);
const base64 = (bytes: Uint8Array) => Buffer.from(sha256(bytes), 'hex').toString('base64');

async function ask(
  user: SignedInUser,
  name: string,
  bytes: Uint8Array,
  options: { replace?: boolean } = {},
): Promise<SignedPut> {
  const file = { name, type: 'text/plain', size: bytes.length, sha256: sha256(bytes), ...options };
  const answer = await user.post('/api/uploads', file);
  if (answer.status !== 201) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
  return (await parseJson<PromisedUpload>(answer)).upload;
}

/** @returns the status, and the error code of S3 */
async function put(
  { url, headers }: Pick<SignedPut, 'url' | 'headers'>,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const answer = await fetch(url, { method: 'PUT', headers, body });
  const code = /<Code>(\w+)</.exec(await answer.text())?.[1];
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}

/**
 * A signed PUT is good for one content, for a minute, and for one use if the name was free. These tests are the same
 * for every S3.
 * @param takes requests that this S3 accepts, though AWS's S3 refuses them
 */
export function signedPutSuite(t: Test, stack: TestStack, bucket: Bucket, takes: string[] = []): void {
  const { s3, bucketName } = bucket;
  const read = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))).Body?.transformToString();

  t.test('a name has any character', async (t) => {
    const user = await signIn(stack, 'names');
    for (const name of ["it's (1)!*.txt", '写真 50%.txt', 'a+b=c&d.txt']) {
      const upload = await ask(user, name, text(name));
      t.equal(await put(upload, text(name)), '200', name);
      t.equal(await read(`users/${user.id}/${name}`), name);
    }
  });

  t.test('an address takes one key, length, type and content', async (t) => {
    const alice = await signIn(stack, 'signs');
    const bob = await signIn(stack, 'watches');
    const bytes = text('right');
    const upload = await ask(alice, 'pinned.txt', bytes);
    t.strictSame(Object.keys(upload).toSorted(), ['expiresAt', 'headers', 'method', 'url']);
    t.equal(upload.method, 'PUT');
    t.strictSame(upload.headers, {
      'content-type': 'text/plain',
      'if-none-match': '*',
      'x-amz-checksum-sha256': base64(bytes),
      'x-amz-content-sha256': sha256(bytes),
    });
    const { searchParams } = new URL(upload.url);
    t.equal(
      searchParams.get('X-Amz-SignedHeaders'),
      'content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-content-sha256',
    );
    t.equal(searchParams.get('X-Amz-Expires'), '60');
    const leftMs = new Date(upload.expiresAt).getTime() - Date.now();
    t.ok(leftMs > 50_000 && leftMs <= 60_000, 'for a minute');

    const at = (from: string | RegExp, to: string) => {
      const url = upload.url.replace(from, to);
      t.not(url, upload.url);
      return { ...upload, url };
    };
    const having = (changes: Record<string, string>) => ({
      ...upload,
      headers: { ...upload.headers, ...changes },
    });
    const without = (...names: string[]) => ({
      ...upload,
      headers: Object.fromEntries(Object.entries(upload.headers).filter(([name]) => !names.includes(name))),
    });
    const wrong = text('wrong');
    const sums = { 'x-amz-checksum-sha256': base64(wrong), 'x-amz-content-sha256': sha256(wrong) };
    const presigner = await createPutPresigner({ s3, bucketName, now: () => Date.now() - 61_000 });
    const key = `users/${alice.id}/pinned.txt`;
    const old = await createObjectStore({ s3, bucketName, presigner }).presignUpload({
      ...{ key, size: bytes.length, type: 'text/plain', sha256: sha256(bytes), replace: false },
    });
    const refused: [what: string, attempt: Pick<SignedPut, 'url' | 'headers'>, body: typeof bytes][] = [
      ['other bytes', upload, wrong],
      ['other bytes, with their checksum', having({ 'x-amz-checksum-sha256': base64(wrong) }), wrong],
      ['other bytes, with their hash', having({ 'x-amz-content-sha256': sha256(wrong) }), wrong],
      ['other bytes, with both', having(sums), wrong],
      ['other bytes, unsigned payload', having({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }), wrong],
      ['fewer bytes', upload, bytes.subarray(1)],
      ['more bytes', upload, text('right!')],
      ['no bytes', upload, text('')],
      ['another type', having({ 'content-type': 'text/html' }), bytes],
      ['a type with parameters', having({ 'content-type': 'text/plain; charset=utf-7' }), bytes],
      ['no type', without('content-type'), bytes],
      ['no checksum', without('x-amz-checksum-sha256'), bytes],
      ['no hash', without('x-amz-content-sha256'), bytes],
      ['no condition', without('if-none-match'), bytes],
      ['another condition', having({ 'if-none-match': '"x"' }), bytes],
      ['no header at all', { ...upload, headers: {} }, bytes],
      ['one more header', having({ 'x-amz-meta-a': 'b' }), bytes],
      ["another user's key", at(alice.id, bob.id), bytes],
      ['another name', at('pinned.txt', 'other.txt'), bytes],
      ['a longer life', at('X-Amz-Expires=60', 'X-Amz-Expires=600'), bytes],
      ['replace in the query', at(/$/, '&replace=true'), bytes],
      [
        'a condition that is not signed',
        { ...without('if-none-match'), url: at('if-none-match%3B', '').url },
        bytes,
      ],
      ['a part of an upload', at(/$/, '&partNumber=1&uploadId=x'), bytes],
      ['after a minute', old, bytes],
    ];
    for (const [what, attempt, body] of refused) {
      if (!takes.includes(what)) t.match(await put(attempt, body), /^40[03]/, what);
    }
    t.match((await fetch(upload.url)).status, 403, 'reading');
    t.match((await fetch(upload.url, { method: 'DELETE' })).status, 403, 'deleting');
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: bucketName, Prefix: `users/${alice.id}/` }),
    );
    t.strictSame(Contents, [], 'nothing was stored');
    t.equal(await put(upload, bytes), '200', 'the signed PUT itself');
    t.equal(await read(key), 'right');
    t.equal(await put(upload, bytes), '412 PreconditionFailed', 'a second time');
  });

  t.test('only replace: true overwrites a name that is taken', async (t) => {
    const carol = await signIn(stack, 'carol');
    const key = `users/${carol.id}/a.txt`;
    const early = await ask(carol, 'a.txt', text('early'));
    t.equal(await put(await ask(carol, 'a.txt', text('first')), text('first')), '200');
    t.equal(
      await put(early, text('early')),
      '412 PreconditionFailed',
      'address made while the name was free',
    );
    t.equal(
      await put(await ask(carol, 'a.txt', text('second')), text('second')),
      '412 PreconditionFailed',
      'address made when the name was taken',
    );
    const never = await ask(carol, 'a.txt', text('never'), { replace: false });
    t.equal(await put(never, text('never')), '412 PreconditionFailed', 'replace: false');
    t.equal(await read(key), 'first');
    const replacing = await ask(carol, 'a.txt', text('third'), { replace: true });
    t.notOk('if-none-match' in replacing.headers);
    t.equal(await put(replacing, text('third')), '200');
    t.equal(await read(key), 'third');
    for (const replace of ['true', 1, null, {}]) {
      const file = { name: 'a.txt', type: 'text/plain', size: 1, sha256: sha256(text('x')), replace };
      t.equal((await carol.post('/api/uploads', file)).status, 400, `replace: ${JSON.stringify(replace)}`);
    }
    t.equal((await carol.delete('/api/files?name=a.txt')).status, 204);
    t.equal(await put(early, text('early')), '200', 'a name that is free again');
  });
}

/** Sends two uploads to one name at once, many times. Exactly one must win, and the file must be the winner's. */
export async function raceSuite(t: Test, stack: TestStack, bucket: Bucket, races: number): Promise<void> {
  const dave = await signIn(stack, 'dave');
  for (let race = 0; race < races; race++) {
    const name = `race ${race}.txt`;
    const contents = [text(`first ${race}`), text(`second ${race}`)];
    const answers = await Promise.all(
      contents.map(async (bytes) => put(await ask(dave, name, bytes), bytes)),
    );
    const winner = contents[answers.indexOf('200')];
    const isOne = answers.toSorted().join() === '200,412 PreconditionFailed';
    const Key = `users/${dave.id}/${name}`;
    const stored = await bucket.s3.send(new GetObjectCommand({ Bucket: bucket.bucketName, Key }));
    const kept = await stored.Body?.transformToString();
    if (!isOne || kept !== new TextDecoder().decode(winner)) t.fail(`race ${race}`, { answers, kept });
  }
  t.pass(`${races} races`);
}
