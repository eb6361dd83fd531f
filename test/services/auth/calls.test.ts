import process from 'node:process';
import t, { type Test } from 'tap';
import { deriveTeamId, newTeamId, type TeamId } from '../../../core/owner.ts';
import { parseUserId } from '../../../core/user-id.ts';
import type { Stores } from '../../../services/auth/domain/ports.ts';
import { parseSessionToken } from '../../../services/auth/domain/session.ts';
import { withMembership } from '../../../services/auth/domain/team-starts.ts';
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

interface Step {
  name: string;
  /** Numbers in the order of the service's events. */
  begun: number;
  ended: number;
}

/** Records every call of a store from now on. */
function watched(stores: Stores): Step[] {
  const steps: Step[] = [];
  let happened = 0;
  for (const [store, methods] of Object.entries(stores)) {
    for (const [name, method] of Object.entries<unknown>(methods)) {
      if (typeof method !== 'function') continue;
      methods[name] = async (...given: unknown[]) => {
        const step = { name: `${store}.${name}`, begun: ++happened, ended: 0 };
        steps.push(step);
        const answer: unknown = await Reflect.apply(method, methods, given);
        step.ended = ++happened;
        return answer;
      };
    }
  }
  return steps;
}

/** The longest chain of calls, in which each call begins after the end of the one before. */
function longestRow(steps: readonly Step[]): number {
  const lengths = new Map<Step, number>();
  for (const step of steps) {
    const before = [...lengths].filter(([{ ended }]) => ended < step.begun);
    lengths.set(step, 1 + Math.max(0, ...before.map(([, length]) => length)));
  }
  return Math.max(0, ...lengths.values());
}

async function signIn(t: Test, changes: Record<string, string>, refreshTokens = false) {
  const service = await startService(t, provider.issuer, changes);
  // Two claims that a provider may leave out. Each of them costs one call.
  const claims = { sid: `at-the-provider-${t.name}`, employee: 'E-1' };
  const steps = watched(service.stores);
  db.calls.splice(0);
  const login = await attemptLogin(service, provider, { claims, refreshTokens });
  t.equal(login.answer.status, 302);
  return { service, steps, jar: login.jar };
}

t.test('a sign-in: five calls of DynamoDB, four of them in sequence; a renewal: one', async (t) => {
  const { service, steps, jar } = await signIn(t, {});
  t.strictSame(operations(), ['GetItem', 'PutItem', 'PutItem', 'PutItem', 'UpdateItem']);
  t.equal(longestRow(steps), 4);

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

  const { clock } = service.deps;
  const { now } = clock;
  clock.now = () => now() + 1_800_000;
  t.strictSame(await calls(red, { background: true }), ['GetItem'], 'nobody acted');
  t.strictSame(await calls(red), ['GetItem', 'PutItem'], 'the use of the session is written');
  t.strictSame(await calls(red), ['GetItem']);
  t.strictSame(await calls(blue), ['GetItem']);
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

t.test('a renewal that asks the provider: five calls', async (t) => {
  const { service, jar } = await signIn(t, { PROVIDER_RECHECK_SECONDS: '1' }, true);
  const { clock } = service.deps;
  const { now } = clock;
  clock.now = () => now() + 2_000;
  db.calls.splice(0);
  const { origin } = service;
  const renewal = await send(jar, `${origin}/auth/refresh`, { method: 'POST', headers: { origin } });
  t.equal(renewal.status, 200);
  t.strictSame(operations(), ['GetItem', 'GetItem', 'PutItem', 'PutItem', 'UpdateItem']);
});

t.test('a sign-in with the user id from a claim: six calls, four of them in sequence', async (t) => {
  const { steps } = await signIn(t, { USER_ID_CLAIM: 'employee' });
  t.strictSame(operations(), ['GetItem', 'PutItem', 'PutItem', 'PutItem', 'UpdateItem', 'UpdateItem']);
  t.equal(longestRow(steps), 4);
});
