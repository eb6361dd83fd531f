import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { deriveUserId, parseUserId } from '../../../../core/user-id.ts';
import { withAllEnded } from '../../../../services/auth/domain/live-sessions.ts';
import { parseJson, send } from '../../../support/client.ts';
import { shortened } from '../../../support/shortened.ts';
import { withHundredEnded } from '../support/hundred-ended.ts';
import { change, nowEpoch } from '../support/seed-session.ts';
import { attemptLogin, startService } from '../support/service.ts';
import { startOf, startSessions, UNHURRIED } from '../support/sessions.ts';

const { store, provider, stores, origin, session, show, refresh } = await startSessions(t);

t.test('a start that is given while a logout is under way is revoked', async (t) => {
  const raced = await startService(t, provider.issuer, {}, false, UNHURRIED);
  const userId = parseUserId('given');
  const old = await session(userId);
  await change(stores.users, userId, withHundredEnded);
  const { write } = raced.stores.users;
  // Between the logout's read and its write.
  let given: unknown;
  raced.stores.users.write = async (...written) => {
    raced.stores.users.write = write;
    given = startOf(await refresh(old.headers));
    return write(...written);
  };
  const headers = { ...old.headers, origin: raced.origin, accept: 'application/json' };
  t.equal((await fetch(`${raced.origin}/auth/logout`, { method: 'POST', headers })).status, 200);
  t.ok(Number(given) > old.start, 'there was a new start');
  t.ok(store.keyValueStore.get(userId)?.includes(`,${given},`), 'the edge refuses it');
  t.equal((await show(old.headers)).status, 401);
});

t.test('a logout whose record cannot be written is 503, and the next one revokes', async (t) => {
  const userId = parseUserId('unwritten');
  const { headers, start } = await session(userId);
  const leave = () =>
    fetch(`${origin}/auth/logout`, { method: 'POST', headers: { ...headers, accept: 'application/json' } });
  const { write } = stores.users;
  stores.users.write = async () => {
    stores.users.write = write;
    throw new GatewayError('store_unavailable');
  };
  const failed = await leave();
  t.equal(failed.status, 503);
  t.strictSame(failed.headers.getSetCookie(), [], 'the person may try again');
  t.equal((await show(headers)).status, 200);
  t.equal((await leave()).status, 200);
  const { user } = await stores.users.read(userId);
  t.strictSame(
    user.revokedStarts.map(({ number }) => number),
    [start],
  );
});

t.test('a logout that breaks off after its record is written: the session never comes back', async (t) => {
  const cut = await startService(t, provider.issuer, {}, false, shortened(20));
  const { jar } = await attemptLogin(cut, provider, { subject: 'cut' });
  const { tokens, edge } = cut.stores;
  // The steps after the write never happen.
  tokens.turnIntoTicket = () => new Promise(() => {});
  edge.describe = () => new Promise(() => {});
  const ask = (path: string, init: RequestInit = {}) =>
    send(jar, cut.origin + path, { ...init, headers: { origin: cut.origin } });
  const cookie = jar.header('/auth/session');
  const leaving = fetch(`${cut.origin}/auth/logout`, {
    method: 'POST',
    headers: { origin: cut.origin, cookie },
  }).catch(() => undefined);
  const userId = deriveUserId(provider.issuer, 'cut');
  while ((await cut.stores.users.read(userId)).user.sessions.length > 0);
  const { now } = cut.deps.clock;
  for (const hours of [0, 1 / 3, 13]) {
    cut.deps.clock.now = () => now() + hours * 3_600_000;
    t.equal((await ask('/auth/session')).status, 401, `${hours} hours later`);
    t.equal((await ask('/auth/refresh', { method: 'POST' })).status, 401);
  }
  await cut.app.close();
  await leaving;
});

t.test('a refresh that ends in 401 clears the cookies of its own user only', async (t) => {
  const alice = await session(parseUserId('alice-left'));
  await change(stores.users, parseUserId('alice-left'), (known) => withAllEnded(known, nowEpoch()));
  const cookie = `${alice.headers.cookie}; __Host-files-alice-left=1; __Host-files-bob=1`;
  const answer = await refresh({ cookie, origin });
  t.equal(answer.status, 401);
  const names = answer.headers.getSetCookie().map((line) => /^([^=]+)=(?:.*Path=(\/users[^;]*))?/.exec(line));
  t.strictSame(
    names.map((match) => [match?.[1], match?.[2]]),
    [
      ['CloudFront-Policy', '/users/alice-left/'],
      ['CloudFront-Signature', '/users/alice-left/'],
      ['CloudFront-Key-Pair-Id', '/users/alice-left/'],
      ['CloudFront-Hash-Algorithm', '/users/alice-left/'],
      ['__Host-files-alice-left', undefined],
    ],
  );
  for (const line of answer.headers.getSetCookie()) t.match(line, /Expires=Thu, 01 Jan 1970/);
});

t.test('a store that is down is 503 with Retry-After, and never a logout', async (t) => {
  const { headers } = await session(parseUserId('down'));
  await store.close();
  for (const answer of [await show(headers), await refresh(headers)]) {
    t.equal(answer.status, 503);
    t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable');
    t.ok(Number(answer.headers.get('retry-after')) > 0);
    t.strictSame(answer.headers.getSetCookie(), [], 'no cookie goes');
  }
});
