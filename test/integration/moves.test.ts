import t from 'tap';
import { type FileList, inTeam, parseJson, png, type SignedInUser, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

interface Placed {
  name: string;
  url: string;
  etag: string;
  sharesEnded: number;
}

const stack = await startTestStack(t);
const { appOrigin } = stack;
const put = (user: SignedInUser, name: string, comment = name) =>
  user.upload({ name, type: 'image/png', bytes: png(comment), replace: true });
const namesOf = async (user: SignedInUser) => {
  const { files } = await parseJson<FileList>(await user.request(`${appOrigin}/api/files`));
  return files.map(({ name }) => name);
};
const contentOf = async (user: SignedInUser, url: string) => {
  const answer = await user.request(url);
  return answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : answer.status;
};
const fileUrl = (user: SignedInUser, name: string) =>
  `${stack.filesOrigin}/users/${user.id}/${encodeURIComponent(name)}`;
const trashOf = async (user: SignedInUser) =>
  parseJson<{ files: { name: string; size: number }[] }>(await user.request(`${appOrigin}/api/trash`));
/** The status, and the code of a refusal. */
const said = async (answer: Response) => {
  const { code } = answer.status < 300 ? { code: undefined } : await parseJson<{ code: string }>(answer);
  return code === undefined ? answer.status : `${answer.status} ${code}`;
};

t.test('a file gets another name, and its share ends', async (t) => {
  const user = await signIn(stack, 'alice');
  await put(user, 'a/one.png');
  await put(user, 'two.png');
  t.equal((await user.post('/api/shares', { name: 'a/one.png' })).status, 201);
  t.equal((await user.post('/api/shares', { name: 'two.png' })).status, 201);
  const answer = await user.post('/api/files/move', { from: 'a/one.png', to: 'b/eins.png' });
  t.equal(answer.status, 200, await answer.clone().text());
  t.match(answer.headers.get('gateway-edge'), /told|pending/);
  const { name, url, etag, sharesEnded } = await parseJson<Placed>(answer);
  t.strictSame({ name, sharesEnded }, { name: 'b/eins.png', sharesEnded: 1 });
  t.equal(url, `${stack.filesOrigin}/users/${user.id}/b/eins.png?v=${etag}`);
  t.strictSame(await contentOf(user, url), png('a/one.png'));
  t.strictSame(await namesOf(user), ['b/eins.png', 'two.png']);
});

t.test('a copy leaves the file and its share', async (t) => {
  const user = await signIn(stack, 'bob');
  await put(user, 'one.png');
  t.equal((await user.post('/api/shares', { name: 'one.png' })).status, 201);
  const answer = await user.post('/api/files/copy', { from: 'one.png', to: 'two.png' });
  t.match(await parseJson<Placed>(answer), { name: 'two.png', sharesEnded: 0 });
  t.strictSame(await namesOf(user), ['one.png', 'two.png']);
});

t.test('what stands in the way is said', async (t) => {
  const user = await signIn(stack, 'carol');
  await put(user, 'one.png');
  await put(user, 'two.png');
  const ask = async (from: string, to: string, more = {}) =>
    said(await user.post('/api/files/move', { from, to, ...more }));
  t.equal(await ask('none.png', 'three.png'), '404 no_such_file');
  t.equal(await ask('one.png', 'two.png'), '409 file_exists');
  t.equal(await ask('one.png', 'one.png'), '409 file_exists');
  t.equal(await ask('one.png', '../two.png'), '422 invalid_name');
  t.equal(await ask('none.png', '../two.png'), '422 invalid_name', 'the name before the file');
  t.equal(await ask('.thumbnails/one.png', 'two.png'), '422 invalid_name');
  t.equal(await ask('one.png', 'x.png', { toTeam: 'none' }), '404 no_such_team');
  t.equal(
    await ask('one.png', '../x.png', { toTeam: 'none' }),
    '404 no_such_team',
    'the role before the name',
  );
  t.equal(await ask('one.png', 'x.png', { other: 1 }), '400 bad_request');
  t.strictSame(await namesOf(user), ['one.png', 'two.png']);
  t.equal(await ask('one.png', 'two.png', { replace: true }), 200);
  t.strictSame(await namesOf(user), ['two.png']);
  t.equal((await user.request(`${appOrigin}/api/files/moves/none`)).status, 404);
});

t.test('of several moves of one file at once, one is 200', async (t) => {
  const user = await signIn(stack, 'dave');
  await put(user, 'one.png');
  const answers = await Promise.all(
    Array.from({ length: 5 }, async (_, index) =>
      said(await user.post('/api/files/move', { from: 'one.png', to: `${index}.png` })),
    ),
  );
  t.equal(answers.filter((answer) => answer === 200).length, 1, answers.join());
  t.equal((await namesOf(user)).length, 1);
});

t.test('a file goes into a team and back, if both roles allow it', async (t) => {
  const user = await signIn(stack, 'erin');
  const other = await signIn(stack, 'frank');
  const { id } = await parseJson<{ id: string }>(await user.post('/api/teams', { name: 'Photos' }));
  await put(user, 'one.png');
  const moved = await parseJson<Placed>(
    await user.post('/api/files/move', { from: 'one.png', to: 'one.png', toTeam: id }),
  );
  t.equal(moved.url, `${stack.filesOrigin}/teams/${id}/one.png?v=${moved.etag}`);
  const team = inTeam(stack, user, id);
  t.strictSame([await namesOf(user), await namesOf(team)], [[], ['one.png']]);
  t.equal(
    await said(await other.post('/api/files/copy', { from: 'x', to: 'x', toTeam: id })),
    '404 no_such_team',
  );
  const theirs = inTeam(stack, other, id);
  t.equal(
    await said(await theirs.post('/api/files/copy', { from: 'one.png', to: 'x', toTeam: null })),
    '404 no_such_team',
  );
  t.equal(await said(await team.post('/api/files/move', { from: 'one.png', to: 'two.png' })), 200);
  t.equal(
    await said(await team.post('/api/files/copy', { from: 'two.png', to: 'own.png', toTeam: null })),
    200,
  );
  t.strictSame([await namesOf(user), await namesOf(team)], [['own.png'], ['two.png']]);
});

t.test('of two opposite moves at once, none loses a file', async (t) => {
  const user = await signIn(stack, 'grace');
  const move = (from: string, to: string) => user.post('/api/files/move', { from, to, replace: true });
  for (let round = 0; round < 5; round++) {
    const [one, two] = [`a ${round}.png`, `b ${round}.png`];
    await Promise.all([put(user, one), put(user, two)]);
    const answers = await Promise.all([move(one, two), move(two, one)]);
    const left = (await namesOf(user)).filter((name) => name === one || name === two);
    t.ok(left.length > 0, `round ${round}: ${answers.map(({ status }) => status)}, ${left}`);
    const contents = await Promise.all(left.map((name) => contentOf(user, fileUrl(user, name))));
    const { files } = await trashOf(user);
    for (const name of [one, two]) {
      const isThere = contents.some((content) =>
        Buffer.from(png(name)).equals(Buffer.from(content as Uint8Array)),
      );
      const isInTrash = files.some(
        (file) => file.size === png(name).length && (file.name === one || file.name === two),
      );
      t.ok(isThere || isInTrash, `round ${round}: ${name}`);
    }
  }
});

t.test('a rename adds nothing to the trash and takes no space', async (t) => {
  const user = await signIn(stack, 'heidi');
  const usage = () => user.request(`${appOrigin}/api/files/usage`).then(parseJson<object>);
  const move = async (from: string, to: string) => said(await user.post('/api/files/move', { from, to }));
  await put(user, '0.png');
  const before = await usage();
  for (let count = 0; count < 5; count++) t.equal(await move(`${count}.png`, `${count + 1}.png`), 200);
  t.equal(await move('5.png', '0.png'), 200);
  t.strictSame(await usage(), before);
  t.strictSame((await trashOf(user)).files, []);

  await put(user, 'replaced.png', 'first');
  await put(user, 'replaced.png', 'the second');
  const kept = await usage();
  t.equal(await move('replaced.png', 'renamed.png'), 200);
  t.strictSame(await usage(), kept, 'an earlier version of the old name is kept');
  t.strictSame((await trashOf(user)).files, [], 'and nobody has deleted it');
  const versions = await user.request(`${appOrigin}/api/files/versions?name=replaced.png`);
  t.match(await versions.json(), { versions: [{ size: png('first').length, current: false }] });
});

t.test('a file that leaves a folder is in the trash of that folder', async (t) => {
  const user = await signIn(stack, 'ivan');
  const { id } = await parseJson<{ id: string }>(await user.post('/api/teams', { name: 'Photos' }));
  await put(user, 'one.png');
  await user.post('/api/files/move', { from: 'one.png', to: 'one.png', toTeam: id });
  t.match((await trashOf(user)).files, [{ name: 'one.png' }]);
  t.strictSame((await trashOf(inTeam(stack, user, id))).files, []);
});
