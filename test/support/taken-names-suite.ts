import { GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { parseJson, type SignedInUser, signIn } from './client.ts';
import { type BegunUpload, begin, FILM_BYTES, film, putParts } from './multipart.ts';
import type { Bucket } from './multipart-suite.ts';
import type { TestStack } from './test-stack.ts';

const TEXT = new TextEncoder().encode('there before');

/**
 * Uploads in parts to a name that has a file.
 * @param isConditional whether this S3 obeys If-None-Match of CompleteMultipartUpload, as AWS's does
 */
export function takenNamesSuite(t: Test, stack: TestStack, bucket: Bucket, isConditional = true): void {
  const { s3, bucketName: Bucket } = bucket;
  const bytes = film();

  async function askFor(user: SignedInUser, name: string, replace?: boolean): Promise<Response> {
    return user.post('/api/uploads', { name, type: 'video/mp4', size: FILM_BYTES, replace });
  }
  async function problemOf(answer: Response) {
    const { code, size, lastModified } = await parseJson<{
      code: string;
      size?: number;
      lastModified?: string;
    }>(answer);
    return { status: answer.status, code, size, lastModified };
  }
  const store = async (user: SignedInUser, name: string) => {
    const { status } = await user.upload({ name, type: 'text/plain', bytes: TEXT, replace: true });
    t.equal(status, 200);
  };
  const sizeOf = async (user: SignedInUser, name: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key: `users/${user.id}/${name}` }))).ContentLength;
  const uploadsOf = async (user: SignedInUser) => {
    const Prefix = `users/${user.id}/`;
    return (await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix }))).Uploads ?? [];
  };

  t.test(
    'a name that is taken is refused before a byte is sent; the answer describes the file',
    async (t) => {
      const erin = await signIn(stack, 'erin');
      const beganMs = Math.floor(Date.now() / 1_000) * 1_000;
      await store(erin, 'film.mp4');
      for (const replace of [undefined, false]) {
        const problem = await problemOf(await askFor(erin, 'film.mp4', replace));
        t.match(problem, { status: 409, code: 'file_exists', size: TEXT.length });
        const thereMs = Date.parse(problem.lastModified ?? '');
        t.ok(thereMs >= beganMs && thereMs <= Date.now() + 1_000, 'when it came');
      }
      t.strictSame(await uploadsOf(erin), [], 'nothing is begun');
      const shorter = await parseJson<BegunUpload>(await askFor(erin, 'film', false));
      t.equal(
        (await erin.delete(`/api/uploads/${shorter.upload.id}`)).status,
        204,
        'a name is free although a taken name begins with it',
      );
      const begun = await parseJson<BegunUpload>(await askFor(erin, 'film.mp4', true));
      await putParts(erin, begun.upload, bytes, [1, 2, 3]);
      t.equal((await erin.post(`/api/uploads/${begun.upload.id}/complete`)).status, 200);
      t.equal(await sizeOf(erin, 'film.mp4'), FILM_BYTES, 'replaced');
    },
  );

  t.test('a name that was taken meanwhile keeps its file, and nothing is left of the upload', async (t) => {
    const frank = await signIn(stack, 'frank');
    const { upload } = await begin(frank, 'film.mp4');
    await putParts(frank, upload, bytes, [1, 2, 3]);
    await store(frank, 'film.mp4');
    const complete = () => frank.post(`/api/uploads/${upload.id}/complete`);
    const answer = await complete();
    if (!isConditional) {
      t.equal(answer.status, 200);
      t.equal(await sizeOf(frank, 'film.mp4'), FILM_BYTES, 'this S3 overwrites: AWS says that it does not');
      return;
    }
    t.match(await problemOf(answer), { status: 409, code: 'file_exists' });
    t.match(await problemOf(await complete()), { status: 409, code: 'file_exists' }, 'the same again');
    t.equal(await sizeOf(frank, 'film.mp4'), TEXT.length);
    t.strictSame(await uploadsOf(frank), []);
    t.equal((await frank.delete(`/api/uploads/${upload.id}`)).status, 204);
    t.equal(await sizeOf(frank, 'film.mp4'), TEXT.length, 'also after it is dropped');
  });
}
