import t, { type Test } from 'tap';
import { IDLE_LIFETIME_SECONDS } from '../../../core/time-bounds.ts';
import { parseUserId, type UserId } from '../../../core/user-id.ts';
import { SYSTEM_CLOCK } from '../../../services/auth/surroundings.ts';
import { EC, startEdge } from '../../edge/local/support/edge.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { seedSession } from './support/seed-session.ts';
import { type Service, startService, startStore, tokenMacOf } from './support/service.ts';
import { UNHURRIED } from './support/sessions.ts';

const store = await startStore(t);
const provider = await startMisbehavingProvider(t);
const edge = await startEdge({
  bindings: { now: Date.now, keyValueStores: { RevocationsAE845E47: store.keyValueStore.reader } },
});
t.teardown(() => edge.close());

const SETTINGS = {
  KEY_PAIR_ID: EC.keyPairId,
  SIGNING_KEY: EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  FILES_ORIGIN: 'http://localhost:8080',
};
/** No clock that is this much ahead counts as wrong. */
const AHEAD_SECONDS = 55;

function startProcess(t: Test, aheadSeconds: number) {
  const clock = { ...SYSTEM_CLOCK, now: () => Date.now() + aheadSeconds * 1_000 };
  return startService(t, provider.issuer, SETTINGS, false, UNHURRIED, clock);
}

/** A session that a person left alone for almost an hour, with the CloudFront cookies of its page. */
async function nearlyIdle(service: Service, userId: UserId) {
  const lastUsedAtEpoch = Math.floor(Date.now() / 1_000) - IDLE_LIFETIME_SECONDS + 50;
  const session = await seedSession(service.stores.users, userId, { lastUsedAtEpoch }, tokenMacOf(service));
  const answer = await post(service, '/auth/refresh', session.token, { background: true });
  t.equal(answer.status, 200);
  const pairs = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '');
  const cookie = pairs.filter((pair) => pair.startsWith('CloudFront-')).join('; ');
  edge.origin.objects.set(`users/${userId}/a.txt`, { body: Buffer.from('a'), type: 'text/plain' });
  const opens = async () => (await edge.get(`/users/${userId}/a.txt`, { cookie })).status === 200;
  return { session, opens };
}

function post({ origin }: Pick<Service, 'origin'>, path: string, token: string, body: object = {}) {
  const headers = {
    ...{ cookie: `__Host-session=${token}`, origin, accept: 'application/json' },
    'content-type': 'application/json',
  };
  return fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

t.test('a sign-out in the last minute of a session, at a clock that is ahead, ends it', async (t) => {
  const [right, ahead] = await Promise.all([startProcess(t, 0), startProcess(t, AHEAD_SECONDS)]);
  const { session, opens } = await nearlyIdle(right, parseUserId('leaves'));
  t.ok(await opens());
  const answer = await post(ahead, '/auth/logout', session.token);
  t.match(await answer.json(), { edge: 'told' });
  t.notOk(await opens(), 'the answer said that the edge knows');
});

t.test('a session that is over by one clock is still ended by the provider', async (t) => {
  const [right, ahead] = await Promise.all([startProcess(t, 0), startProcess(t, AHEAD_SECONDS)]);
  const userId = parseUserId('two-devices');
  const { session, opens } = await nearlyIdle(right, userId);
  await seedSession(ahead.stores.users, userId, {}, tokenMacOf(ahead));
  // Somebody signs in or out elsewhere, at the clock that is ahead, and the record is written anew.
  const { token } = await seedSession(ahead.stores.users, userId, {}, tokenMacOf(ahead));
  t.equal((await post(ahead, '/auth/logout', token)).status, 200);
  t.ok(await opens());
  const { told } = (await right.stores.users.read(userId)).user;
  const ended = await right.deps.sessions.endById(userId, session.id);
  t.equal(await ended?.edge, 'told', `told before: ${told}`);
  t.notOk(await opens());
});
