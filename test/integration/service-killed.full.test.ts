import process from 'node:process';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { clientOf, noCeph, type RealS3, startCeph } from '../support/ceph.ts';
import { parseJson, signIn } from '../support/client.ts';
import {
  begin,
  type CompletedFile,
  film,
  partOf,
  presign,
  put,
  putParts,
  type UploadState,
} from '../support/multipart.ts';
import { operatorsBucket } from '../support/operators-bucket.ts';
import {
  freePortVariables,
  startTestStack,
  type TestStack,
  temporaryDirectory,
} from '../support/test-stack.ts';

const BUCKET = 'gateway-files';

/** Kills the auth service in the middle of a large upload. The client then continues the upload. */
async function killTheService(t: Test, externalS3?: RealS3): Promise<void> {
  const directory = temporaryDirectory(t);
  const env = await freePortVariables();
  let crashed = () => {};
  const start = () =>
    startTestStack(t, { directory, env, onCrash: () => crashed(), ...(externalS3 ? { externalS3 } : {}) });
  const first = await start();
  const uploadsLeft = listUploads(externalS3 ? clientOf(t, externalS3) : operatorsBucket(t, first).s3);
  const alice = await signIn(first, 'alice');
  const bytes = film();
  const { upload, url } = await begin(alice, 'killed.mp4');
  const dropped = await begin(alice, 'dropped.mp4');
  await putParts(alice, upload, bytes, [1]);
  await putParts(alice, dropped.upload, bytes, [2]);
  const second = partOf(bytes, 2, upload);
  const part = await presign(alice, upload.id, 2, second);

  const isCrashed = new Promise<void>((resolve) => {
    crashed = resolve;
  });
  process.kill(pidOf(first), 'SIGKILL');
  await isCrashed;
  await t.rejects(alice.request(`${first.appOrigin}/livez`), 'the service is gone');
  t.equal((await put(part, second)).status, 200, 'an address from before is still good');
  await first.close();
  await start();

  const state = await parseJson<UploadState>(
    await alice.request(`${first.appOrigin}/api/uploads/${upload.id}`),
  );
  t.strictSame(
    state.parts.map(({ number }) => number),
    [1, 2],
  );
  t.equal(state.parts[1]?.size, second.length);
  await putParts(alice, upload, bytes, [3]);
  const completed = await alice.post(`/api/uploads/${upload.id}/complete`);
  t.equal(completed.status, 200);
  const file = await parseJson<CompletedFile>(completed);
  const opened = await alice.request(file.url);
  t.equal(file.url, `${url}?v=${file.etag}`);
  t.ok(bytes.equals(Buffer.from(await opened.arrayBuffer())), 'the bytes are right');
  t.strictSame(await uploadsLeft(), [`users/${alice.id}/dropped.mp4`]);
  t.equal((await alice.delete(`/api/uploads/${dropped.upload.id}`)).status, 204);
  t.strictSame(await uploadsLeft(), [], 'nothing is left behind');
}

/** The keys of the unfinished uploads. */
function listUploads(s3: S3Client): () => Promise<string[]> {
  return async () =>
    ((await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? []).map(
      ({ Key }) => Key ?? '',
    );
}

/** The process id of the auth service, from its log lines. */
function pidOf({ logLines }: TestStack): number {
  const { pid } = JSON.parse(logLines.find((line) => line.includes('"pid":')) ?? '{}');
  if (typeof pid !== 'number') throw new Error('the log names no process');
  return pid;
}

t.test('the service is killed in a large upload: local S3', { timeout: 240_000 }, (t) => killTheService(t));

t.test('the service is killed in a large upload: Ceph', { skip: noCeph, timeout: 240_000 }, async (t) => {
  const ceph = await startCeph(t);
  await killTheService(t, ceph);
});
