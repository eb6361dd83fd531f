import t from 'tap';
import { inTeam, openLink, parseJson, type SignedInUser, signIn } from '../../../../support/client.ts';
import { startTestStack } from '../../../../support/test-stack.ts';

const stack = await startTestStack(t);
const [ann, bob] = [await signIn(stack, 'ann'), await signIn(stack, 'bob')];
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

interface Listed {
  name: string;
  etag: string;
  takenAt?: string;
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
