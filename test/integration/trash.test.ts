import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { inTeam, nextSecond, parseJson, png, type SignedInUser, sha256, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

const stack = await startTestStack(t);
const { appOrigin } = stack;
const put = (user: SignedInUser, name: string, comment = name) =>
  user.upload({ name, type: 'image/png', bytes: png(comment), replace: true });
const get = async <T>(user: SignedInUser, path: string) => {
  const answer = await user.request(appOrigin + path);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return parseJson<T>(answer);
};

interface List {
  files: { name: string; url: string; etag: string; thumbnailUrl?: string }[];
  folders: string[];
}
interface Trash {
  files: { name: string; version: string; size: number; deletedAt: string; goesAt: string }[];
}
interface Versions {
  versions: { version: string; size: number; etag: string; lastModified: string; current: boolean }[];
}
interface Deleted {
  deleted: { name: string; version?: string }[];
  failed: { name: string; code: string }[];
}

const list = (user: SignedInUser) => get<List>(user, '/api/files');
const namesOf = async (user: SignedInUser) => (await list(user)).files.map(({ name }) => name);
const trash = (user: SignedInUser) => get<Trash>(user, '/api/trash');
const trashed = async (user: SignedInUser) => (await trash(user)).files.map(({ name }) => name);
const remove = async (user: SignedInUser, names: string[]) =>
  parseJson<Deleted>(await user.post('/api/files/delete', { names }));
/** The status, and the code of a refusal. */
const said = async (answer: Response) => {
  const { code } = answer.status < 300 ? { code: undefined } : await parseJson<{ code: string }>(answer);
  return code === undefined ? answer.status : `${answer.status} ${code}`;
};

t.test('what was deleted is in the trash, and comes back with its thumbnail', async (t) => {
  const user = await signIn(stack, 'alice');
  await put(user, 'a/one.png');
  await put(user, 'two.png');
  const small = png('small');
  const thumbnail = { name: 'two.png', size: small.length, sha256: sha256(small) };
  const { upload } = await parseJson<{ upload: { url: string; headers: Record<string, string> } }>(
    await user.post('/api/thumbnails', thumbnail),
  );
  const stored = await fetch(upload.url, {
    ...{ method: 'PUT', body: small },
    headers: { ...upload.headers, origin: appOrigin },
  });
  t.equal(stored.status, 200);
  t.ok((await list(user)).files.find(({ name }) => name === 'two.png')?.thumbnailUrl);
  t.equal((await user.post('/api/shares', { name: 'two.png' })).status, 201);
  t.equal((await user.delete('/api/files?name=two.png')).status, 204);
  t.strictSame(await namesOf(user), ['a/one.png']);
  const { files } = await trash(user);
  t.match(files, [{ name: 'two.png', size: png('two.png').length }]);
  const [{ deletedAt = '', goesAt = '', version = '' } = {}] = files;
  const days = (new Date(goesAt).getTime() - new Date(deletedAt).getTime()) / 86_400_000;
  t.ok(days >= 7 && days <= 8, `${days}`);
  t.match(goesAt, /T00:00:00.000Z$/);

  const restore = (file: object) => user.post('/api/trash/restore', file);
  t.equal(await said(await restore({ name: 'two.png', version: 'none' })), '404 no_such_file');
  t.equal(await said(await restore({ name: '../two.png', version })), '422 invalid_name');
  await put(user, 'two.png', 'another');
  t.equal(await said(await restore({ name: 'two.png', version })), '409 file_exists');
  t.equal((await user.delete('/api/files?name=two.png')).status, 204);
  const back = await parseJson<object>(await restore({ name: 'two.png', version }));
  t.match(back, {
    name: 'two.png',
    type: 'image/png',
    size: png('two.png').length,
    url: /users.*two.png\?v=/,
  });
  const [, now] = (await list(user)).files;
  t.equal(now?.name, 'two.png');
  t.ok(now?.thumbnailUrl, 'the thumbnail is back');
});

t.test('many names go at once, each with what restores it', async (t) => {
  const user = await signIn(stack, 'bob');
  for (const name of ['one.png', 'b/two.png', 'stays.png']) await put(user, name);
  t.equal((await user.post('/api/folders', { name: 'empty' })).status, 201);
  const wanted = ['one.png', 'b/two.png', 'one.png', 'none.png', '../x', '.thumbnails/one.png', 'empty/'];
  const { deleted, failed } = await remove(user, wanted);
  t.strictSame(
    deleted.map(({ name }) => name),
    ['one.png', 'b/two.png', 'none.png', 'empty/'],
  );
  t.strictSame(failed, [
    { name: '../x', code: 'invalid_name' },
    { name: '.thumbnails/one.png', code: 'invalid_name' },
  ]);
  const after = await list(user);
  t.strictSame([after.files.map(({ name }) => name), after.folders], [['stays.png'], []]);
  t.strictSame(await trashed(user), ['b/two.png', 'one.png']);
  const files = deleted.filter(({ version, name }) => version && !name.endsWith('/'));
  const answer = await user.post('/api/trash/restore', { files });
  const many = await parseJson<{ restored: { name: string }[]; failed: object[] }>(answer);
  t.strictSame(many.restored.map(({ name }) => name).toSorted(), ['b/two.png', 'one.png']);
  t.strictSame(many.failed, [{ name: 'none.png', code: 'no_such_file' }]);
  t.strictSame(await namesOf(user), ['b/two.png', 'one.png', 'stays.png']);
  t.strictSame(await trashed(user), [], 'what was restored is not in the trash');
});

t.test('a version that was replaced is listed, and made the current one again', async (t) => {
  const user = await signIn(stack, 'carol');
  await put(user, 'a.png', 'first');
  await put(user, 'a.png', 'the second');
  const versions = async () => (await get<Versions>(user, '/api/files/versions?name=a.png')).versions;
  const before = await versions();
  t.strictSame(
    before.map(({ size, current }) => [size, current]),
    [
      [png('the second').length, true],
      [png('first').length, false],
    ],
  );
  t.strictSame(await trashed(user), [], 'a replaced version is not in the trash');
  const ask = (version = '', name = 'a.png') => user.post('/api/files/versions/restore', { name, version });
  t.equal(await said(await ask(before[1]?.version)), 200);
  t.equal((await list(user)).files[0]?.etag, before[1]?.etag);
  t.equal((await versions()).length, 3);
  t.equal(await said(await ask('none')), '404 no_such_file');
  t.equal(
    await said(await user.request(`${appOrigin}/api/files/versions?name=none.png`)),
    '404 no_such_file',
  );
});

t.test('versions and the trash know a file by each Unicode form of its name', async (t) => {
  const user = await signIn(stack, 'niaj');
  const [stored, typed] = ['\u00e9.png', 'e\u0301.png'];
  await put(user, stored, 'first');
  await put(user, stored, 'the second');
  const path = `/api/files/versions?name=${encodeURIComponent(typed)}`;
  const { versions } = await get<Versions>(user, path);
  const first = { name: typed, version: versions[1]?.version };
  const restored = await user.post('/api/files/versions/restore', first);
  t.match(await parseJson<object>(restored), { name: stored, size: png('first').length });
  const removed = async () => (await remove(user, [stored])).deleted[0]?.version;
  for (const body of [
    { name: typed, version: await removed() },
    { files: [{ name: typed, version: await removed() }] },
  ]) {
    t.equal(await said(await user.post('/api/trash/restore', body)), 200);
    t.strictSame(await namesOf(user), [stored]);
  }
  const last = await removed();
  t.equal(await said(await user.delete(`/api/trash?name=${encodeURIComponent(typed)}&version=${last}`)), 204);
  t.strictSame(await trashed(user), []);

  const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
  const s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  t.teardown(() => s3.destroy());
  const Key = `users/${user.id}/${typed}`;
  await s3.send(new PutObjectCommand({ Bucket: 'gateway-files', Key, Body: 'x' }));
  const { deleted } = await remove(user, [typed]);
  t.equal(
    await said(await user.post('/api/trash/restore', { name: typed, version: deleted[0]?.version })),
    200,
  );
  t.strictSame(await namesOf(user), [typed], 'another tool stored it under this name');
});

t.test('a version goes for ever, and so does all that was deleted', async (t) => {
  const user = await signIn(stack, 'dave');
  for (const name of ['a.png', 'b.png', 'kept.png']) await put(user, name);
  await put(user, 'kept.png', 'replaced');
  await remove(user, ['a.png', 'b.png']);
  const before = await get<{ bytes: number; keptBytes: number; files: number }>(user, '/api/files/usage');
  t.equal(before.files, 1);
  t.equal(before.keptBytes, png('a.png').length + png('b.png').length + png('kept.png').length);
  t.equal(before.bytes, before.keptBytes + png('replaced').length);
  const { files } = await trash(user);
  const [{ version = '' } = {}] = files;
  t.equal(await said(await user.delete('/api/trash?name=a.png')), '400 bad_request');
  t.equal((await user.delete(`/api/trash?name=a.png&version=${version}`)).status, 204);
  t.equal((await user.delete(`/api/trash?name=a.png&version=${version}`)).status, 204, 'twice');
  t.strictSame(await trashed(user), ['b.png']);
  t.equal(await said(await user.post('/api/trash/restore', { name: 'a.png', version })), '404 no_such_file');
  await nextSecond();
  t.equal((await user.delete('/api/trash')).status, 204);
  t.strictSame(await trashed(user), []);
  t.strictSame(await namesOf(user), ['kept.png']);
  const { versions } = await get<Versions>(user, '/api/files/versions?name=kept.png');
  t.equal(versions.length, 2, 'earlier versions of files that are there stay');
  const current = versions.find((each) => each.current)?.version;
  t.equal(await said(await user.delete(`/api/trash?name=kept.png&version=${current}`)), '404 no_such_file');
});

t.test('an empty folder is listed as one', async (t) => {
  const user = await signIn(stack, 'erin');
  const make = async (name: string) => said(await user.post('/api/folders', { name }));
  await put(user, 'file');
  await put(user, 'with/file');
  t.equal(await make('b/empty'), 201);
  t.equal(await make('b/empty'), '409 file_exists');
  t.equal(await make('file'), '409 file_exists');
  t.equal(await make('with'), '409 file_exists');
  for (const name of ['', '..', 'a/', '.thumbnails/x']) t.equal(await make(name), '422 invalid_name', name);
  const { files, folders } = await list(user);
  t.strictSame([files.map(({ name }) => name), folders], [['file', 'with/file'], ['b/empty']]);
  t.match(await get(user, '/api/files/usage'), { files: 2 });
});

t.test('in a team, viewers look, editors restore, and managers delete for ever', async (t) => {
  const manager = await signIn(stack, 'frank');
  const member = await signIn(stack, 'grace');
  const { id } = await parseJson<{ id: string }>(await manager.post('/api/teams', { name: 'Photos' }));
  const team = inTeam(stack, manager, id);
  await put(team, 'a.png');
  const { deleted } = await remove(team, ['a.png']);
  const join = async (role: string) => {
    const { url } = await parseJson<{ url: string }>(
      await manager.post(`/api/teams/${id}/invitations`, { role }),
    );
    t.equal((await member.post('/api/invitations/accept', { secret: url.split('=')[1] })).status, 200);
  };
  await join('viewer');
  const theirs = inTeam(stack, member, id);
  t.strictSame(await trashed(theirs), ['a.png']);
  t.equal(await said(await theirs.post('/api/trash/restore', deleted[0])), '403 role_too_low');
  const patch = { method: 'PATCH', headers: { origin: appOrigin, 'content-type': 'application/json' } };
  const body = JSON.stringify({ role: 'editor' });
  t.equal((await team.request(`${appOrigin}/api/members/${member.id}`, { ...patch, body })).status, 200);
  t.equal(await said(await theirs.delete('/api/trash')), '403 role_too_low');
  t.equal(await said(await theirs.post('/api/trash/restore', deleted[0])), 200);
});

t.test('a thousand names go in one request', async (t) => {
  const user = await signIn(stack, 'heidi');
  const names = Array.from({ length: 1_000 }, (_, index) => `folder/${String(index).padStart(4, '0')}.png`);
  for (const name of names.slice(490, 500)) await put(user, name);
  const before = performance.now();
  const answer = await user.post('/api/files/delete', { names });
  t.comment(`${Math.round(performance.now() - before)} ms`);
  t.equal(answer.status, 200);
  const { deleted, failed } = await parseJson<Deleted>(answer);
  t.strictSame([deleted.length, failed], [1_000, []]);
  t.strictSame(await namesOf(user), []);
  t.strictSame(await trashed(user), names.slice(490, 500));
  t.equal(await said(await user.post('/api/files/delete', { names: [...names, 'a'] })), '400 bad_request');
});
