import t from 'tap';
import {
  ALICE,
  asCookies,
  asQuery,
  folderPolicy,
  NOW_EPOCH,
  ORIGIN,
  policyText,
  signPolicy,
  startEdge,
} from './support/edge.ts';

const edge = await startEdge();
t.teardown(() => edge.close());

const own = `/users/${ALICE}/a.txt`;
const signed = signPolicy(folderPolicy(ALICE));
const alice = asCookies(signed);
const cookies = { kind: 'cookies', keyPairId: 'KEC' };

/** Sends a request, and gives its one record, without the fields that every record has. */
async function decided(target: string, headers: Record<string, string> = {}, method = 'GET') {
  const before = edge.decisions.length;
  const { status } = await edge.get(target, headers, method);
  const [decision, ...more] = edge.decisions.slice(before);
  if (!decision || more.length > 0) throw new Error(`${1 + more.length} records of one request`);
  if (decision.status !== status) throw new Error(`the record says ${decision.status}, the answer ${status}`);
  const { atMs: _at, method: _method, path: _path, ipAddress: _ip, status: _status, ...rest } = decision;
  return rest;
}

t.test('a request that is served', async (t) => {
  const first = await decided(own, alice);
  t.strictSame(first, {
    step: 'origin',
    behavior: '*',
    clause: 'answered',
    credential: cookies,
    cache: 'Miss',
    originStatus: 200,
  });
  t.strictSame(await decided(own, alice), {
    step: 'cache',
    behavior: '*',
    clause: 'answered',
    credential: cookies,
    cache: 'Hit',
  });
  edge.clock.nowMs += 6_000;
  t.match(await decided(own, { ...alice, 'If-None-Match': '"x"' }), {
    step: 'origin',
    cache: 'RefreshHit',
    originStatus: 304,
  });
  edge.clock.nowMs -= 6_000;
  t.match(await decided(`/users/${ALICE}/none`, alice), {
    step: 'origin',
    cache: 'Error',
    originStatus: 404,
  });
  t.strictSame(edge.decisions.at(-1), {
    atMs: NOW_EPOCH * 1_000,
    method: 'GET',
    path: `/users/${ALICE}/none`,
    ipAddress: '127.0.0.1',
    step: 'origin',
    behavior: '*',
    clause: 'answered',
    status: 404,
    credential: cookies,
    cache: 'Error',
    originStatus: 404,
  });
});

t.test('no record holds a secret', async (t) => {
  const strange = { ...signed, 'Key-Pair-Id': signed['Signature'] ?? '' };
  const strayed = asQuery(signed).replaceAll('=', '%3D');
  for (const [target, headers] of [
    [own, alice],
    [`${own}?${asQuery(signed)}`, {}],
    [own, asCookies(strange)],
    [`${own}?${strayed}`, asCookies(signPolicy(policyText(`${ORIGIN}/x?${strayed}`)))],
    [`${own}?signature=${signed['Signature']}`, asCookies(signPolicy(policyText(`${ORIGIN}/x`)))],
    [own, { Cookie: `${alice.Cookie}; __Host-session=of-alice` }],
  ] as const) {
    await edge.get(target, headers);
  }
  const text = JSON.stringify(edge.decisions);
  t.ok(edge.decisions.length > 0);
  t.notMatch(text, 'of-alice');
  t.notMatch(text, 'Statement');
  t.notMatch(text, 'private.txt');
  for (const name of ['Signature', 'Policy']) t.notMatch(text, String(signed[name]), name);
});

t.test('a request can be followed without being sent', async (t) => {
  edge.origin.requests.splice(0);
  const asked = (headers: Record<string, string>) => ({
    method: 'GET',
    url: `/users/${ALICE}/never-asked`,
    rawHeaders: Object.entries({ Host: 'localhost:8080', ...headers }).flat(),
    socket: { remoteAddress: '::ffff:127.0.0.1' },
  });
  t.strictSame(await edge.local.decide(asked(alice)), {
    atMs: NOW_EPOCH * 1_000,
    method: 'GET',
    path: `/users/${ALICE}/never-asked`,
    ipAddress: '127.0.0.1',
    step: 'cache',
    behavior: '*',
    clause: 'admitted',
    credential: cookies,
  });
  t.match(await edge.local.decide(asked({})), { step: 'signature', clause: 'missing_key' });
  t.strictSame(edge.origin.requests, []);
});
