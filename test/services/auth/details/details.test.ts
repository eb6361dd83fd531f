import t from 'tap';
import {
  inTeam,
  openLink,
  parseJson,
  type SignedInUser,
  type SignedPut,
  sendPut,
  sha256,
  signIn,
} from '../../../support/client.ts';
import { startTestStack } from '../../../support/test-stack.ts';

const stack = await startTestStack(t);
const [ann, bob] = [await signIn(stack, 'ann'), await signIn(stack, 'bob')];
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

interface Listed {
  name: string;
  etag: string;
  takenAt?: string;
  changedAt?: string;
  width?: number;
  height?: number;
  color?: string;
  uploadedBy?: string;
  scan?: string;
}

async function listed(user: SignedInUser, name: string): Promise<Listed> {
  const { files } = await parseJson<{ files: Listed[] }>(await user.request(`${stack.appOrigin}/api/files`));
  const found = files.find((file) => file.name === name);
  if (!found) throw new Error(`no ${name} in the list`);
  return found;
}

const codeOf = async (answer: Response) => [answer.status, (await parseJson<{ code?: string }>(answer)).code];

t.test('a list says what a client has read, of this content alone', async (t) => {
  const name = 'é/picture.jpg';
  await ann.upload({ name, type: 'image/jpeg', bytes: bytesOf('one') });
  const { etag, ...bare } = await listed(ann, name);
  t.notMatch(bare, { takenAt: String }, 'nothing is known yet');
  const picture = { takenAt: '2026-01-02T03:04:05', width: 65_535, height: 1, color: '#0a0b0c' };
  const describe = (changes: object) =>
    ann.post('/api/files/details', { name, etag, ...picture, ...changes });
  t.equal((await describe({})).status, 204);
  t.equal((await describe({ name: name.normalize('NFD') })).status, 204, 'by the name as typed');
  t.match(await listed(ann, name), picture);
  t.equal((await listed(ann, name)).uploadedBy, undefined, 'in a folder of one user');
  for (const [changes, wanted] of [
    [{ etag: '0'.repeat(32) }, [404, 'no_such_file']],
    [{ name: 'nothing.jpg' }, [404, 'no_such_file']],
    [{ width: 0 }, [400, 'bad_request']],
    [{ height: 65_536 }, [400, 'bad_request']],
    [{ width: 1.5 }, [400, 'bad_request']],
    [{ color: 'red' }, [400, 'bad_request']],
    [{ color: '#FFFFFF' }, [400, 'bad_request']],
    [{ takenAt: '2026-02-30T00:00:00' }, [400, 'bad_request']],
    [{ takenAt: '2026:01:02 03:04:05' }, [400, 'bad_request']],
    [{ uploadedBy: bob.id }, [400, 'bad_request']],
  ] as const) {
    t.strictSame(await codeOf(await describe(changes)), wanted, JSON.stringify(changes));
  }
  t.match(await listed(ann, name), picture, 'as before');

  await ann.upload({ name, type: 'image/jpeg', bytes: bytesOf('two'), replace: true });
  const replaced = await listed(ann, name);
  t.notSame(replaced.etag, etag);
  for (const member of ['takenAt', 'width', 'height', 'color'] as const)
    t.equal(replaced[member], undefined, member);
  t.strictSame(await codeOf(await describe({})), [404, 'no_such_file'], 'a late word about the old content');
});

t.test('in a team, a list says who has uploaded a file, and guests learn it not', async (t) => {
  const { id } = await parseJson<{ id: string }>(await ann.post('/api/teams', { name: 'Photos' }));
  const invited = await ann.post(`/api/teams/${id}/invitations`, { role: 'editor' });
  const secret = (await parseJson<{ url: string }>(invited)).url.split('#join=')[1];
  t.equal((await bob.post('/api/invitations/accept', { secret })).status, 200);
  const [a, b] = [inTeam(stack, ann, id), inTeam(stack, bob, id)];
  const by = async (name: string) => (await listed(a, name)).uploadedBy;

  await a.upload({ name: 'a.txt', type: 'text/plain', bytes: bytesOf('aaaa') });
  await b.upload({ name: 'b.txt', type: 'text/plain', bytes: bytesOf('bbbb') });
  t.strictSame([await by('a.txt'), await by('b.txt')], [ann.id, bob.id]);
  t.not((await b.upload({ name: 'a.txt', type: 'text/plain', bytes: bytesOf('bbbb') })).status, 200);
  t.equal(await by('a.txt'), ann.id, 'what was refused changes nothing');
  await b.upload({ name: 'a.txt', type: 'text/plain', bytes: bytesOf('bbbb'), replace: true });
  t.equal(await by('a.txt'), bob.id, 'a replacement of the same size');
  const { etag } = await listed(a, 'a.txt');
  t.equal((await a.post('/api/files/details', { name: 'a.txt', etag, width: 1 })).status, 204);
  t.equal(await by('a.txt'), bob.id, 'whoever adds to it');

  const link = async (role: string) => {
    const made = await a.post('/api/links', { role });
    return openLink(stack, (await parseJson<{ url: string }>(made)).url.split('#link=')[1] ?? '');
  };
  const viewer = await link('viewer');
  t.match(await listed(viewer, 'a.txt'), { width: 1 });
  t.equal((await listed(viewer, 'a.txt')).uploadedBy, undefined);
  const { name } = await (await link('uploader')).upload({
    name: 'guest.txt',
    type: 'text/plain',
    bytes: bytesOf('gggg'),
  });
  t.equal(await by(name), undefined, 'a guest is no user');
});

t.test('details go where their file goes, and who is in another team stays there', async (t) => {
  const { id } = await parseJson<{ id: string }>(await ann.post('/api/teams', { name: 'Others' }));
  const team = inTeam(stack, ann, id);
  const picture = { takenAt: '2026-01-02T03:04:05+02:00', width: 4, height: 3, color: '#010203' };
  await ann.upload({ name: 'from.jpg', type: 'image/jpeg', bytes: bytesOf('moved') });
  const { etag } = await listed(ann, 'from.jpg');
  t.equal((await ann.post('/api/files/details', { name: 'from.jpg', etag, ...picture })).status, 204);
  const done = async (operation: string, body: object, by = ann) =>
    t.equal((await by.post(`/api/files/${operation}`, body)).status, 200, operation);

  await done('move', { from: 'from.jpg', to: 'to.jpg' });
  t.match(await listed(ann, 'to.jpg'), { ...picture, etag });
  await done('copy', { from: 'to.jpg', to: 'team.jpg', toTeam: id });
  t.match(await listed(ann, 'to.jpg'), picture, 'the file keeps its own');
  t.match(await listed(team, 'team.jpg'), { ...picture, uploadedBy: ann.id });
  await done('move', { from: 'team.jpg', to: 'back.jpg', toTeam: null }, team);
  const back = await listed(ann, 'back.jpg');
  t.match(back, picture);
  t.equal(back.uploadedBy, undefined);

  await ann.upload({ name: 'from.jpg', type: 'image/jpeg', bytes: bytesOf('another') });
  t.equal((await listed(ann, 'from.jpg')).width, undefined, 'a new file of the old name');
});

t.test("a file's own date stays with its content, wherever that goes", async (t) => {
  const carol = await signIn(stack, 'carol');
  const [old, later] = ['1999-12-31T23:59:59.123Z', '2001-02-03T04:05:06Z'];
  const text = (name: string, content: string, changedAt?: string) => ({
    ...{ name, type: 'text/plain', bytes: bytesOf(content), ...(changedAt && { changedAt }) },
  });
  const dateOf = async (name: string, user = carol) => (await listed(user, name)).changedAt;
  const done = async (path: string, body: object) => {
    const answer = await carol.post(path, body);
    t.equal(answer.status, 200, path);
    return answer;
  };

  await carol.upload(text('a.txt', 'old', old));
  t.equal(await dateOf('a.txt'), old);
  const moved = await listed(carol, 'a.txt');
  await carol.upload({ ...text('a.txt', 'new', later), replace: true });
  t.equal(await dateOf('a.txt'), later, 'a replacement of the same size');
  await carol.upload({ ...text('a.txt', 'bare'), replace: true });
  t.equal(await dateOf('a.txt'), undefined, 'an upload without a date');

  const { versions } = await parseJson<{ versions: { version: string; etag: string }[] }>(
    await carol.request(`${stack.appOrigin}/api/files/versions?name=a.txt`),
  );
  const first = versions.find(({ etag }) => etag === moved.etag)?.version;
  await done('/api/files/versions/restore', { name: 'a.txt', version: first });
  t.equal(await dateOf('a.txt'), old, 'an earlier version that is restored');
  await done('/api/files/move', { from: 'a.txt', to: 'folder/b.txt' });
  await done('/api/files/copy', { from: 'folder/b.txt', to: 'c.txt' });
  t.strictSame([await dateOf('folder/b.txt'), await dateOf('c.txt')], [old, old], 'renamed, and copied');
  await done('/api/files/delete', { names: ['c.txt'] });
  const trash = await carol.request(`${stack.appOrigin}/api/trash`);
  const { files } = await parseJson<{ files: { name: string; version: string }[] }>(trash);
  const version = files.find(({ name }) => name === 'c.txt')?.version;
  await done('/api/trash/restore', { name: 'c.txt', version });
  t.equal(await dateOf('c.txt'), old, 'restored from the trash');

  const film = Buffer.alloc(17_000_000, 'film');
  const wanted = { name: 'film.mp4', type: 'video/mp4', size: film.length, changedAt: old };
  const { upload } = await parseJson<{ upload: { id: string; partSize: number; parts: number } }>(
    await carol.post('/api/uploads', wanted),
  );
  for (let number = 1; number <= upload.parts; number++) {
    const part = new Uint8Array(film.subarray((number - 1) * upload.partSize, number * upload.partSize));
    const asked = { parts: [{ number, sha256: sha256(part) }] };
    const answer = await carol.post(`/api/uploads/${upload.id}/parts`, asked);
    const { parts } = await parseJson<{ parts: SignedPut[] }>(answer);
    for (const put of parts) await sendPut(stack, { ...put, method: 'PUT' }, part);
  }
  await done(`/api/uploads/${upload.id}/complete`, {});
  await done('/api/files/move', { from: 'film.mp4', to: 'moved.mp4' });
  t.equal(await dateOf('moved.mp4'), old, 'a film in parts, whose ETag changes with its name');

  const { id } = await parseJson<{ id: string }>(await carol.post('/api/teams', { name: 'Dates' }));
  const team = inTeam(stack, carol, id);
  const link = await parseJson<{ url: string }>(await team.post('/api/links', { role: 'uploader' }));
  const guest = await openLink(stack, link.url.split('#link=')[1] ?? '');
  const sent = await guest.upload(text('guest.txt', 'guest', later));
  t.equal(await dateOf(sent.name, team), later, 'through a link');

  const daysAhead = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  for (const [changedAt, status] of [
    ['1900-01-01T00:00:00Z', 201],
    [daysAhead(0.99), 201],
    ['1899-12-31T23:59:59Z', 400],
    [daysAhead(1.01), 400],
    ['2026-02-30T00:00:00Z', 400],
    ['2026-01-02T03:04:05+02:00', 400],
    ['2026-01-02T03:04:05', 400],
    ['2026-01-02', 400],
  ] as const) {
    for (const user of [carol, guest]) {
      const { bytes, ...more } = text('d.txt', 'd', changedAt);
      const asked = { ...more, size: bytes.length, sha256: sha256(bytes) };
      t.equal((await user.post('/api/uploads', asked)).status, status, changedAt);
    }
  }
});
