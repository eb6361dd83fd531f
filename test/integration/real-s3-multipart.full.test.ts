import process from 'node:process';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { PORT_VARIABLES } from '../../services/local/settings.ts';
import { startCeph } from '../support/ceph.ts';
import { parseJson, signIn } from '../support/client.ts';
import { lostAnswersSuite } from '../support/lost-answers-suite.ts';
import { missing } from '../support/missing.ts';
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
import { multipartSuite } from '../support/multipart-suite.ts';
import { startTestStack, type TestStack, temporaryDirectory } from '../support/test-stack.ts';

const BUCKET = 'gateway-files';

t.test(
  'uploads in parts with Ceph as the S3',
  { skip: missing('/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw'), timeout: 240_000 },
  async (t) => {
    const ceph = await startCeph(t);
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: ceph.endpoint,
      forcePathStyle: true,
      credentials: ceph,
    });
    t.teardown(() => s3.destroy());
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const uploadsLeft = async () =>
      (await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? [];

    await t.test('as with the local S3', async (t) => {
      const stack = await startTestStack(t, { externalS3: ceph });
      multipartSuite(t, stack, { s3, bucketName: BUCKET, bucketUrl: `${ceph.endpoint}/${BUCKET}` });
    });
    t.same(await uploadsLeft(), [], 'S3 keeps no upload');

    await t.test('with answers that get lost', (t) =>
      lostAnswersSuite(t, { s3, bucketName: BUCKET, bucketUrl: `${ceph.endpoint}/${BUCKET}` }),
    );
    t.same(await uploadsLeft(), [], 'S3 keeps no upload');

    await t.test('the service is killed in the middle, and the client goes on', async (t) => {
      const directory = temporaryDirectory(t);
      let crashed = () => {};
      const start = (env: Record<string, string> = {}) =>
        startTestStack(t, { directory, externalS3: ceph, env, onCrash: () => crashed() });
      const first = await start();
      const env = Object.fromEntries(
        Object.entries(PORT_VARIABLES).map(([name, [variable]]) => [
          variable,
          String(Object.entries(first.settings.ports).find(([key]) => key === name)?.[1]),
        ]),
      );
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
      await start(env);

      const state = await parseJson<UploadState>(
        await alice.request(`${first.appOrigin}/api/uploads/${upload.id}`),
      );
      t.match(state.parts, [{ number: 1 }, { number: 2, size: second.length }]);
      await putParts(alice, upload, bytes, [3]);
      const completed = await alice.post(`/api/uploads/${upload.id}/complete`);
      t.equal(completed.status, 200);
      const file = await parseJson<CompletedFile>(completed);
      const opened = await alice.request(file.url);
      t.equal(file.url, `${url}?v=${file.etag}`);
      t.ok(bytes.equals(Buffer.from(await opened.arrayBuffer())), 'the bytes are right');
      t.match(await uploadsLeft(), [{ Key: `users/${alice.id}/dropped.mp4` }]);
      t.equal((await alice.delete(`/api/uploads/${dropped.upload.id}`)).status, 204);
      t.same(await uploadsLeft(), [], 'nothing is left behind');
    });
  },
);

/** The process of the auth service, which its log lines name. */
function pidOf({ logLines }: TestStack): number {
  const { pid } = JSON.parse(logLines.find((line) => line.includes('"pid":')) ?? '{}');
  if (typeof pid !== 'number') throw new Error('the log names no process');
  return pid;
}
