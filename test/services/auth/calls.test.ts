import process from 'node:process';
import t, { type Test } from 'tap';
import { deriveTeamId, newTeamId, type TeamId } from '../../../core/owner.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { parseSessionToken } from '../../../services/auth/sessions/session.ts';
import { withMembership } from '../../../services/auth/teams/starts.ts';
import { send } from '../../support/client.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { change, nowEpoch } from './support/seed-session.ts';
import { attemptLogin, createTable, startService, startStore } from './support/service.ts';
import { startThrottledDynamoDb } from './support/throttled-dynamodb.ts';

await startStore(t);
const db = await startThrottledDynamoDb();
t.teardown(() => db.close());
await createTable(db.endpoint);
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = db.endpoint;
const provider = await startMisbehavingProvider(t);

const operations = () => db.calls.map(({ operation }) => operation).toSorted();

async function signIn(t: Test, changes: Record<string, string>, refreshTokens = false) {
  const service = await startService(t, provider.issuer, changes);
  // Two claims that a provider may leave out. Each of them costs one call.
  const claims = { sid: `at-the-provider-${t.name}`, employee: 'E-1' };
  db.calls.splice(0);
  const login = await attemptLogin(service, provider, { claims, refreshTokens });
  t.equal(login.answer.status, 302);
  return { service, jar: login.jar };
}

t.test('a sign-in: five calls of DynamoDB; a renewal: one', async (t) => {
  const { service, jar } = await signIn(t, {});
  t.strictSame(operations(), ['GetItem', 'PutItem', 'PutItem', 'PutItem', 'PutItem']);

  db.calls.splice(0);
  const renewal = await send(jar, `${service.origin}/auth/refresh`, {
    method: 'POST',
    headers: { origin: service.origin },
  });
  t.equal(renewal.status, 200);
  t.strictSame(operations(), ['GetItem']);

  db.calls.splice(0);
  t.equal((await send(jar, `${service.origin}/auth/session`)).status, 200);
  t.strictSame(operations(), ['GetItem']);
});

t.test('opening a team: one read, one write and one addition; a renewal: one read', async (t) => {
  const { service, jar } = await signIn(t, {});
  const userId = parseSessionToken(jar.get('__Host-session'))?.userId ?? parseUserId('nobody');
  const [red, blue] = [newTeamId(), newTeamId()];
  for (const teamId of [red, blue]) {
    await change(service.stores.users, userId, (user) =>
      withMembership(user, { teamId, role: 'viewer', kind: 'made' }, nowEpoch()),
    );
  }
  const { origin } = service;
  const calls = async (teamId: TeamId, { of = jar, background = false } = {}) => {
    db.calls.splice(0);
    const answer = await send(of, `${origin}/auth/refresh?team=${teamId}`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ background }),
    });
    t.equal(answer.status, 200);
    return operations();
  };
  t.strictSame(await calls(red), ['GetItem', 'PutItem', 'UpdateItem']);
  t.strictSame(await calls(red), ['GetItem'], 'a renewal');
  t.strictSame(await calls(blue), ['GetItem'], 'the session has one start for all teams');
  t.strictSame(await calls(blue), ['GetItem']);
  const { jar: second } = await attemptLogin(service, provider);
  t.strictSame(await calls(red, { of: second }), ['GetItem', 'PutItem'], 'the user has the number');
  t.strictSame(await calls(red, { of: second }), ['GetItem']);
});

t.test('thirty members of one team sign in and open it at once: no call is about its item', async (t) => {
  const teamId = deriveTeamId(provider.issuer, 'everyone');
  const service = await startService(t, provider.issuer, { TEAMS: 'provider', TEAM_CLAIM: 'groups' });
  const { origin } = service;
  let subjects = 0;
  const claims = {
    // Each ID token is for another person.
    get sub() {
      return `member-${subjects++}`;
    },
    ...{ name: 'Member', email: 'member@example.test', email_verified: true, groups: ['everyone'] },
  };
  db.calls.splice(0);
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      const { jar } = await attemptLogin(service, provider, { claims });
      const opened = await send(jar, `${origin}/auth/refresh?team=${teamId}`, {
        method: 'POST',
        headers: { origin },
      });
      t.equal(opened.status, 200);
    }),
  );
  const count = (operation: string, item: RegExp) =>
    db.calls.filter((call) => call.operation === operation && item.test(call.item ?? '')).length;
  t.equal(count('PutItem', /^user#/), 60, 'a record is written at the sign-in and at the opening');
  t.equal(db.calls.filter(({ item }) => item?.includes(teamId)).length, 0);
  t.equal(db.calls.filter(({ outcome }) => outcome !== 'done').length, 0);
});
