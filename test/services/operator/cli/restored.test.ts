import t from 'tap';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { parseId } from '../../../../services/operator/cli/command-line.ts';
import { restoredCommand } from '../../../../services/operator/cli/restored.ts';
import { collected, openSessionStores } from '../../../../services/operator/cli/stores.ts';
import { parseJson, png, type SignedInUser, signIn } from '../../../support/client.ts';
import { startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';

const NO_LOG = { info: () => {} };

const stack = await startTestStack(t);
const { users, userIds, tokens } = openSessionStores(readRunning(stack.directory), stack.directory);

function restore(log: Parameters<typeof restoredCommand>[3] = NO_LOG): Promise<string> {
  return restoredCommand([], readRunning(stack.directory), stack.directory, log);
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

t.test('if the floors of all users do not fit into the edge’s store, none is written', async (t) => {
  const user = await signIn(stack, 'carol');
  const id = parseId(user.id);
  const { describe } = stack.keyValueStore;
  // Each user takes some hundred bytes.
  const bytes = (await collected(userIds())).length * 100;
  stack.keyValueStore.describe = () => ({ ...describe(), totalBytes: 4_000_000 - bytes });
  t.teardown(() => Object.assign(stack.keyValueStore, { describe }));
  const said = await restore();
  t.match(said, 'has ended, but the edge does not know.');
  t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 401);
  const { changes, told, sessions } = (await users.read(id)).user;
  t.strictSame([changes, told, sessions], [NEW_USER.changes, NEW_USER.told, []]);
  t.equal(stack.keyValueStore.get(id), undefined);
});

for (const call of ['describe', 'update'] as const) {
  t.test(`the edge’s store refuses ${call}: the command fails, and another run tells the edge`, async (t) => {
    const user = await signIn(stack, 'dave');
    const { url } = await user.upload({ name: 'd.png', type: 'image/png', bytes: png() });
    const store = stack.keyValueStore;
    const right = store[call];
    store[call] = () => {
      throw new Error('down');
    };
    await t.rejects(restore(), {
      name: 'UsageError',
      message: /^every session and every share has ended, but the edge does not know, .* Run it again\.$/,
    });
    t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 401);
    const { changes, told } = (await users.read(parseId(user.id))).user;
    t.equal(changes > told, call === 'update', 'a floor waits only if the store has said that it has room');
    Object.assign(store, { [call]: right });
    t.match(await restore(), 'has ended, at the edge too.');
    const refused = await user.request(url);
    t.strictSame([refused.status, await refused.json()], [403, { code: 'revoked' }]);
  });
}

t.test('records that cannot be read are named, and every other session ends', async (t) => {
  const people = [await signIn(stack, 'alice'), await signIn(stack, 'bob')];
  const { user: known } = await users.read(parseId(people[0]?.id ?? ''));
  // A version after this one wrote these, and was rolled back.
  const writeNewer = (n: number) =>
    users.write(parseId(`newer-${n}`), 0, Object.assign({}, known, { format: 99 }));
  for (let n = 1; n < 20; n++) await writeNewer(n);
  for (const [count, named] of [
    [20, '(?:newer-\\d+, ){19}newer-\\d+'],
    [21, '(?:newer-\\d+, ){20}…'],
  ] as const) {
    await writeNewer(count);
    await t.rejects(
      restore(),
      {
        name: 'UsageError',
        message: new RegExp(
          `^${count} of \\d+ users could not be changed, and their sessions may live: ${named}\\. Run it again; .* Everybody else’s sessions and shares have ended, (?:at the edge too|but the edge does not know)\\.$`,
        ),
      },
      `${count}`,
    );
  }
  for (const { id } of people) t.strictSame((await users.read(parseId(id))).user.sessions, [], id);
});

t.test('wrong arguments are named', async (t) => {
  const nowhere = temporaryDirectory(t);
  await t.rejects(restoredCommand(['now'], {}, nowhere, NO_LOG), {
    message: 'usage: restored [--keep-members]',
  });
  const there = { TABLE_NAME: 'gone', KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::1:key-value-store/x' };
  const env = { ...there, AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'us-east-1' };
  const added = { ...env, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
  const before = { ...process.env };
  t.teardown(() => {
    for (const name of Object.keys(added)) delete process.env[name];
    Object.assign(process.env, before);
  });
  Object.assign(process.env, added);
  await t.rejects(restoredCommand([], env, nowhere, NO_LOG), {
    name: 'UsageError',
    message: 'the table of sessions does not answer: some sessions may live; run it again',
  });
});
