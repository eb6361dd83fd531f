import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { inNode } from '../../services/web/in-node.ts';
import { type SignedInUser, signIn } from '../../support/client.ts';
import { operatorsBucket } from '../../support/operators-bucket.ts';
import { startTestStack } from '../../support/test-stack.ts';

const AT_ONCE = 16;

/** Puts so many files into a folder, renames it, closes the browser half way, and renames it again. */
export async function renameHalfWay(t: Test, count: number): Promise<void> {
  const { moveAll } = await inNode('client/files.ts');
  const { ApiError } = await inNode('client/api-error.ts');
  const stack = await startTestStack(t, { env: { MAX_USER_BYTES: '100000000000' } });
  const user = await signIn(stack, 'alice');
  const { s3, bucketName: Bucket } = operatorsBucket(t, stack);
  const prefix = `users/${user.id}/`;
  const names = Array.from({ length: count }, (_, index) => `${String(index).padStart(5, '0')}.txt`);
  const left = [...names];
  const putting = Array.from({ length: AT_ONCE }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}old/${name}`, Body: `in ${name}` }));
    }
  });
  await Promise.all(putting);
  /** The names below a folder, with their ETags. */
  const filesOf = async (folder: string) => {
    const found = new Map<string, string>();
    let StartAfter: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix + folder, StartAfter }));
      for (const { Key = '', ETag = '' } of page.Contents ?? []) {
        found.set(Key.slice(prefix.length + folder.length), ETag);
      }
      StartAfter = page.IsTruncated ? page.Contents?.at(-1)?.Key : undefined;
    } while (StartAfter !== undefined);
    return found;
  };
  const before = await filesOf('old/');
  t.equal(before.size, count);

  // A closed browser sends nothing more, and hears of nothing that it had sent.
  const closing = new AbortController();
  const renamed = (signal?: AbortSignal) => {
    let done = 0;
    const onProgress = (progress: { done: number }) => {
      ({ done } = progress);
      if (signal && done >= count / 2) closing.abort(new Error('closed'));
    };
    const folder = folderOf(stack.appOrigin, user, { ApiError, signal });
    return moveAll(folder, [{ from: 'old/', to: 'new/' }], { signal, onProgress });
  };
  await t.rejects(renamed(closing.signal), 'the browser is closed');
  const [old, made] = await Promise.all([filesOf('old/'), filesOf('new/')]);
  t.ok(old.size > 0 && made.size > 0, `${old.size} files are left, ${made.size} are in the new folder`);
  const lost = names.filter((name) => !old.has(name) && !made.has(name));
  t.strictSame(lost, [], 'each file is in one of the two, or in both');

  const { failed } = await renamed();
  t.strictSame(failed, []);
  t.strictSame(await filesOf('new/'), before, 'the second run ends it');
  t.equal((await filesOf('old/')).size, 0);
}

/** The requests of the client, without a browser. */
function folderOf(
  appOrigin: string,
  user: SignedInUser,
  {
    ApiError,
    signal,
  }: { ApiError: new (status: number, code: string) => Error; signal: AbortSignal | undefined },
) {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await user.request(`${appOrigin}/api${path}`, {
      method,
      headers: { origin: appOrigin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    const text = await answer.text();
    const content = text === '' ? undefined : JSON.parse(text);
    if (answer.status >= 400) throw new ApiError(answer.status, content.code);
    return content;
  };
  return { asUser: async () => ({ id: user.id, ask }) };
}
