import t, { type Test } from 'tap';
import { objectKey, parseStoredName } from '../../../../../core/file-name.ts';
import { userOwner } from '../../../../../core/owner.ts';
import { deriveUserId } from '../../../../../core/user-id.ts';
import { withShare } from '../../../../../services/auth/domain/shares.ts';
import { parseJson, send } from '../../../../support/client.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { change } from '../../support/seed-session.ts';
import { attemptLogin, startService, startStore } from '../../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);

async function signedIn(t: Test, subject: string, changes: Record<string, string> = {}) {
  const { app, deps, stores, origin } = await startService(t, provider.issuer, changes);
  const { jar } = await attemptLogin({ origin }, provider, { subject });
  const ask = (method: string, path: string, body?: object) =>
    send(jar, origin + path, {
      method,
      headers: { origin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    ...{ app, deps, jar, origin, stores },
    record: async () => (await stores.users.read(deriveUserId(provider.issuer, subject))).user,
    create: (more: object = {}) => ask('POST', '/api/shares', { name: 'a.png', ...more }),
    list: () => ask('GET', '/api/shares'),
    remove: () => ask('DELETE', '/api/files?name=a.png'),
    revoke: (id: string) => ask('DELETE', `/api/shares/${id}`),
  };
}

t.test('if S3 fails in the middle, the file stays, and its shares are revoked all the same', async (t) => {
  const { stores, record, remove } = await signedIn(t, 'alice');
  const id = deriveUserId(provider.issuer, 'alice');
  const now = Math.floor(Date.now() / 1_000);
  for (const name of ['a.png', 'b.png'])
    await change(stores.users, id, (user) => withShare(user, { name, expiresAtEpoch: now + 3_600 }, now));
  const answer = await remove();
  t.equal(answer.status, 503);
  t.equal((await parseJson<{ code: string }>(answer)).code, 'files_unavailable');
  const { shares, revokedShares, changes } = await record();
  t.strictSame(
    shares.map(({ number, name }) => [number, name]),
    [[2, 'b.png']],
  );
  t.strictSame([revokedShares.map(({ number }) => number), changes], [[1], 1]);
});

t.test('a share has one id, as the list writes it', async (t) => {
  const { stores, record, revoke } = await signedIn(t, 'one-id');
  const id = deriveUserId(provider.issuer, 'one-id');
  const now = Math.floor(Date.now() / 1_000);
  const share = { name: 'a.png', expiresAtEpoch: now + 3_600 };
  await change(stores.users, id, (user) => withShare(user, share, now));
  for (const other of ['0', '01', '+1', '-1', '1.0', '1e0', '1x', 'x', '%201', '2'])
    t.equal((await revoke(other)).status, 404, other);
  t.equal((await record()).shares.length, 1);
  t.equal((await revoke('1')).status, 204);
  t.strictSame((await record()).shares, []);
});

const FILE = { key: 'k', size: 1, etag: 'e', lastModified: new Date(0) };

t.test('if the files host has IPv6, each share that is limited to addresses has a warning', async (t) => {
  const warningOf = async (changes: Record<string, string>, more: object) => {
    const { deps, create } = await signedIn(t, 'ivy', changes);
    deps.objects = { ...deps.objects, find: async () => FILE };
    return (await parseJson<{ warning?: string }>(await create(more))).warning;
  };
  const ip = '192.0.2.1';
  t.equal(await warningOf({}, { ip }), undefined);
  t.equal(await warningOf({ FILES_IPV6: 'true' }, {}), undefined);
  t.equal(
    await warningOf({ FILES_IPV6: 'true' }, { ip }),
    'People who use IPv6 cannot open this link: CloudFront compares IPv4 addresses only.',
  );
});

t.test('a share that is created while its file is being deleted is revoked', async (t) => {
  const { deps, record, create, remove } = await signedIn(t, 'bob');
  const bob = userOwner(deriveUserId(provider.issuer, 'bob'));
  const file = objectKey(bob, parseStoredName('a.png', bob));
  let during: Response | undefined;
  deps.objects = {
    ...deps.objects,
    find: async () => FILE,
    delete: async (key) => {
      // The thumbnail of the file goes first.
      if (key === file) during = await create();
    },
  };
  t.equal((await remove()).status, 204);
  t.equal(during?.status, 201, 'S3 still had it');
  const { shares, revokedShares } = await record();
  t.strictSame([shares, revokedShares.map(({ number }) => number)], [[], [1]]);
});

t.test('if a file is deleted while a share of it is created, the share is revoked', async (t) => {
  const { deps, record, create, remove } = await signedIn(t, 'carol');
  deps.objects = {
    ...deps.objects,
    find: async () => {
      t.equal((await remove()).status, 204);
      return FILE;
    },
    delete: async () => {},
  };
  t.equal((await create()).status, 201, 'S3 had it at the check');
  const { shares, revokedShares } = await record();
  t.strictSame([shares, revokedShares.map(({ number }) => number)], [[], [1]]);
});

t.test('which shares still open: S3 is asked once; an old share counts by its name', async (t) => {
  const { deps, stores, list } = await signedIn(t, 'grace');
  const id = deriveUserId(provider.issuer, 'grace');
  const now = Math.floor(Date.now() / 1_000);
  const expiresAtEpoch = now + 3_600;
  const recorded = [
    { name: 'same.png', etag: 'e' },
    { name: 'same.png', etag: 'before' },
    { name: 'gone.png', etag: 'e' },
    { name: 'same.png' },
    { name: 'gone.png' },
  ];
  for (const share of recorded)
    await change(stores.users, id, (user) => withShare(user, { ...share, expiresAtEpoch }, now));
  const asked: (string | undefined)[] = [];
  deps.objects = {
    ...deps.objects,
    list: async ({ after }) => {
      asked.push(after);
      return { files: [{ ...FILE, key: `users/${id}/same.png` }], lastKey: undefined };
    },
  };
  const { shares } = await parseJson<{ shares: { name: string; stale: boolean }[] }>(await list());
  t.strictSame(
    shares.map(({ name, stale }) => [name, stale]),
    [
      ['same.png', false],
      ['same.png', true],
      ['gone.png', true],
      ['same.png', false],
      ['gone.png', true],
    ],
  );
  t.strictSame(asked, [`users/${id}/gone.pnf\u{10ffff}`]);
});

t.test('a session that has ended meanwhile creates no share', async (t) => {
  const { deps, stores, record, create } = await signedIn(t, 'dave');
  deps.objects = { ...deps.objects, find: async () => FILE };
  const { write } = stores.users;
  stores.users.write = async (...given) => {
    stores.users.write = write;
    await deps.sessions.endAll(given[0]);
    return write(...given);
  };
  t.equal((await create()).status, 401);
  t.match(await record(), { lastShare: 0 });
});
