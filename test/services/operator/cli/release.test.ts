import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { providerTeam } from '../../../../services/auth/teams/team.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { releaseCommand } from '../../../../services/operator/cli/release.ts';
import { openSessionStores } from '../../../../services/operator/cli/stores.ts';
import { teamCommand } from '../../../../services/operator/cli/teams.ts';
import { png, signIn } from '../../../support/client.ts';
import { freePorts } from '../../../support/ports.ts';
import { startStoreProxy } from '../../../support/store-proxy.ts';
import { startTestStack } from '../../../support/test-stack.ts';
import { change, nowEpoch } from '../../auth/support/seed-session.ts';
import { rolesIn, seedTeam, withLinksOf } from './support/teams.ts';

const [port = 0, behindPort = 0, tablePort = 0, behindTable = 0] = await freePorts(4);
const whenTold = async () => {};
await startStoreProxy(t, { port, behindPort }, async ({ method }) => {
  if (method === 'POST') await whenTold();
  return true;
});
/** The key of an item that the table does not take. */
let unwritable: string | undefined;
await startStoreProxy(t, { port: tablePort, behindPort: behindTable }, ({ headers }, body) => {
  const isPut = String(headers['x-amz-target']).endsWith('.PutItem');
  return !isPut || unwritable === undefined || !body.includes(unwritable);
});
const stack = await startTestStack(t, {
  env: { USER_ID_CLAIM: 'sub', CLOUDFRONT_API_PORT: String(port), DYNAMODB_PORT: String(tablePort) },
  behind: { cloudFrontApi: behindPort, dynamodb: behindTable },
});
const env = readRunning(stack.directory);
const stores = openSessionStores({ env, localDirectory: stack.directory });
const { users } = stores;

/** What is asked of one user, and what is audited. */
function commandFor(name: string) {
  const audited: object[] = [];
  const userId = parseUserId(name);
  const log = { info: (details: object) => audited.push(details) };
  return {
    audited,
    read: async () => (await users.read(userId)).user,
    /** Another subject owns the id, as if the provider had given `sub` to another person. */
    own: (owner: string) => change(users, userId, (user) => ({ ...user, owner })),
    release: (options: string[] = [], place = env) =>
      releaseCommand([name, ...options], { env: place, localDirectory: stack.directory }, log),
  };
}

t.test(
  "an id is released: its owner's sessions and shares end first, the files are handed over",
  async (t) => {
    const { audited, read, own, release } = commandFor('alice');
    const before = await signIn(stack, 'alice');
    t.equal(before.id, 'alice');
    const { url } = await before.upload({ name: 'a.png', type: 'image/png', bytes: png() });
    await before.upload({ name: 'deleted.png', type: 'image/png', bytes: png() });
    t.equal((await before.delete('/api/files?name=deleted.png')).status, 204);
    const { owner } = await read();
    await own('another-subject');
    await t.rejects(signIn(stack, 'alice'), /user_id_taken/);

    const bytes = 2 * png().length;
    const files = `1 file with ${bytes} bytes, ${png().length} of them deleted or replaced and kept`;
    t.equal(
      await release(),
      `alice has 1 sessions, 0 shares and ${files}. The sessions and shares would end, and the next subject with this id would get the files.\nNothing is released: --yes does it.`,
    );
    t.strictSame([audited, (await before.request(url)).status], [[], 200]);

    t.match(
      await release(['--yes']),
      `alice is released: the next subject that comes with it gets ${files}.`,
    );
    t.strictSame(audited, [
      { audit: true, event: 'released', userId: 'alice', files: 1, bytes, keptBytes: png().length },
    ]);
    t.equal((await before.request(url)).status, 403, 'at the edge');
    t.equal((await before.request(`${stack.appOrigin}/auth/session`)).status, 401);
    const { name, email, owner: none } = await read();
    t.strictSame([name, email, none], [undefined, undefined, undefined]);

    const after = await signIn(stack, 'alice');
    t.equal((await after.request(url)).status, 200, 'the next one has the files');
    t.equal((await read()).owner, owner);
  },
);

t.test('nothing is released if a session could open the files', async (t) => {
  const { audited, read, release } = commandFor('bob');
  const bob = await signIn(stack, 'bob');
  const { owner } = await read();
  const noEdge = { ...env, CLOUDFRONT_API_PORT: '1' };
  await t.rejects(release(['--yes'], noEdge), {
    name: 'UsageError',
    message:
      'the edge has not confirmed that the sessions and shares have ended: nothing is released; run it again',
  });
  t.strictSame([audited, (await read()).owner], [[], owner]);
  t.equal((await bob.request(`${stack.appOrigin}/auth/session`)).status, 401, 'finished steps stay finished');
  t.match(await release(['--yes']), 'bob is released: the next subject that comes with it gets 0 files');
  await t.rejects(release(['--yes']), {
    name: 'UsageError',
    message: 'bob has no owner: the first subject that comes with it gets it',
  });
});

t.test('memberships end first, and the next one with the id is in no team', async (t) => {
  const { audited, read, release } = commandFor('dave');
  const before = await signIn(stack, 'dave');
  const shared = await seedTeam(stores, { dave: 'manager', ben: 'manager' }, withLinksOf('dave', 'ben'));
  const last = await seedTeam(stores, { dave: 'manager', ben: 'viewer' }, { name: 'Last' });
  const own = await seedTeam(stores, { dave: 'manager' }, { name: 'Own' });
  const provider = newTeamId();
  await change(users, parseUserId('dave'), (user) => ({
    ...user,
    memberships: [...user.memberships, { teamId: provider, role: 'editor', kind: 'provider' }],
  }));
  const maker = { userId: parseUserId('dave'), start: 1 };
  const share = { number: 1, name: 'a.png', expiresAtEpoch: nowEpoch() + 600, maker };
  await stores.teams.write(provider, 0, {
    ...{ ...providerTeam('P', nowEpoch()), shares: [share], lastShare: 1 },
    ...withLinksOf('dave', 'ben'),
  });
  await t.rejects(release(['--yes']), {
    name: 'UsageError',
    message: /^dave is the last manager of [a-z2-7]{26} \(Last\): nothing is released\. First make another/,
  });
  t.strictSame([audited, (await before.request(`${stack.appOrigin}/auth/session`)).status], [[], 200]);

  await teamCommand([last, '--manager', 'ben'], { env, localDirectory: stack.directory }, { info: () => {} });
  t.match(await release(), 'would be deleted too.\nNothing is released: --yes does it.');
  t.match(await release(['--yes']), 'dave is released');
  t.match(audited, [
    { event: 'member_removed', team: shared, member: 'dave' },
    { event: 'member_removed', team: last, member: 'dave' },
    { event: 'team_deleted', team: own, member: 'dave' },
    { event: 'released' },
  ]);
  const ofBen = { links: [{ hash: 'link-1', maker: { userId: 'ben' } }] };
  t.match((await stores.teams.read(provider))?.team, { shares: [], ...ofBen, changes: 2, told: 2 });
  t.match((await stores.teams.read(shared))?.team, ofBen);
  await signIn(stack, 'dave');
  t.strictSame((await read()).memberships, []);
  for (const [index, teamId] of [shared, last].entries()) {
    t.strictSame(
      await rolesIn(stores, teamId, ['dave', 'ben']),
      { dave: 'none', ben: 'manager' },
      `row ${index}`,
    );
  }
});
