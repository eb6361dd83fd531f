import t from 'tap';
import { readRunning } from '../../../../services/local/running.ts';
import { parseId } from '../../../../services/operator/cli/command-line.ts';
import { restoredCommand } from '../../../../services/operator/cli/restored.ts';
import { openSessionStores } from '../../../../services/operator/cli/stores.ts';
import { parseJson, png, type SignedInUser, signIn } from '../../../support/client.ts';
import { startTestStack } from '../../../support/test-stack.ts';

const NO_LOG = { info: () => {} };

const stack = await startTestStack(t);
const PLACE = { env: readRunning(stack.directory), localDirectory: stack.directory };
const { users, tokens } = openSessionStores(PLACE);

function restore(log: Parameters<typeof restoredCommand>[2] = NO_LOG): Promise<string> {
  return restoredCommand([], PLACE, log);
}

async function share(user: SignedInUser, name: string): Promise<string> {
  return (await parseJson<{ url: string }>(await user.post('/api/shares', { name }))).url;
}

t.test('a restored table lets nobody in, whatever happened since the backup', async (t) => {
  const before = await signIn(stack, 'alice');
  const id = parseId(before.id);
  const { url } = await before.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const backup = await users.read(id);
  const [session = { id: '' }] = backup.user.sessions;
  t.ok(await tokens.read(session.id), "the provider's tokens of the session");
  const since = await signIn(stack, 'alice');
  const link = await share(since, 'a.png');
  const first = await signIn(stack, 'bob');
  await users.write(id, (await users.read(id)).version, backup.user);
  t.strictSame(
    [(await since.request(url)).status, (await fetch(link)).status],
    [200, 200],
    'the table knows neither of them',
  );

  const audited: object[] = [];
  const log = { info: (details: object) => audited.push(details) };
  // More users than one update changes.
  for (let i = 0; i < 30; i++) await users.write(parseId(`other-${i}`), 0, backup.user);
  const said = await restore(log);
  for (let i = 0; i < 30; i++)
    t.strictSame((await users.read(parseId(`other-${i}`))).user.sessions, [], `other-${i}`);
  t.match(
    said,
    /^32 users are in this table. Every session and every share has ended, at the edge too\.\n.*replace the signing key/,
  );
  t.strictSame(audited, [{ audit: true, event: 'restored' }]);
  t.equal(await tokens.read(session.id), undefined, 'its tokens are gone');
  for (const [index, user] of [before, since, first].entries()) {
    t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 401, `row ${index}`);
  }
  for (const [index, refused] of [
    await before.request(url),
    await since.request(url),
    await fetch(link),
  ].entries()) {
    t.strictSame([refused.status, await refused.json()], [403, { code: 'revoked' }], `row ${index}`);
  }
  const again = await signIn(stack, 'alice');
  t.equal((await again.request(url)).status, 200, 'a sign-in right after it is above the floor');
  t.equal((await fetch(await share(again, 'a.png'))).status, 200);
});

t.test('if the edge’s store fails, the command fails, and another run tells the edge', async (t) => {
  const user = await signIn(stack, 'dave');
  const { url } = await user.upload({ name: 'd.png', type: 'image/png', bytes: png() });
  const { update } = stack.keyValueStore;
  stack.keyValueStore.update = () => {
    throw new Error('down');
  };
  await t.rejects(restore(), {
    name: 'UsageError',
    message: /^every session and every share has ended, but the edge does not know, .* Run it again\.$/,
  });
  t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 401);
  Object.assign(stack.keyValueStore, { update });
  t.match(await restore(), 'has ended, at the edge too.');
  const refused = await user.request(url);
  t.strictSame([refused.status, await refused.json()], [403, { code: 'revoked' }]);
});

t.test('records that cannot be read are named, and every other session ends', async (t) => {
  const people = [await signIn(stack, 'alice'), await signIn(stack, 'bob')];
  const { user: known } = await users.read(parseId(people[0]?.id ?? ''));
  // A version after this one wrote these, and was rolled back.
  const writeNewer = (n: number) =>
    users.write(parseId(`newer-${n}`), 0, Object.assign({}, known, { format: 99 }));
  for (const n of [1, 2]) await writeNewer(n);
  await t.rejects(restore(), {
    name: 'UsageError',
    message:
      /^2 of \d+ users could not be changed, and their sessions may live: newer-\d, newer-\d\. Run it again/,
  });
  for (const { id } of people) t.strictSame((await users.read(parseId(id))).user.sessions, [], id);
});
