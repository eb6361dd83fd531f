import t, { type Test } from 'tap';
import { ecKey } from '../../support/local-values.ts';
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
  withCode,
} from './support/edge.ts';

const edge = await startEdge();
t.teardown(() => edge.close());

const own = `/users/${ALICE}/a.txt`;
const signed = signPolicy(folderPolicy(ALICE));
const alice = asCookies(signed);
const NOW = new Date(NOW_EPOCH * 1_000).toISOString();
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

function without(name: string, changes: Record<string, string> = {}): { Cookie: string } {
  const { [name]: _left, ...rest } = { ...signed, ...changes };
  return asCookies(rest);
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

t.test('the request room: host and limits', async (t) => {
  t.strictSame(await decided(own, { ...alice, Host: 'evil' }), {
    step: 'request',
    clause: 'host',
    required: 'localhost:8080',
    given: 'evil',
  });
  t.strictSame(await decided(`/${'a'.repeat(9_000)}`, alice), {
    step: 'request',
    clause: 'url_too_long',
    required: 'at most 8192 bytes',
    given: '9022 bytes',
  });
  t.match(await decided(own, { ...alice, 'X-Long': 'a'.repeat(33_000) }), {
    clause: 'request_too_large',
    required: 'at most 20480 bytes',
  });
  t.match(await decided('/a#b', alice), { step: 'request', clause: 'target' });
  await edge.send(`GET ${own} HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`);
  t.match(edge.decisions.at(-1), { step: 'request', clause: 'one_host', path: own });
});

t.test('the behavior: method, body, https', async (t) => {
  t.match(await decided(own, alice, 'DELETE'), {
    step: 'behavior',
    clause: 'method',
    required: 'GET, HEAD',
    given: 'DELETE',
  });
  await edge.send(
    `GET ${own} HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx`,
  );
  t.match(edge.decisions.at(-1), { step: 'behavior', clause: 'body' });
  const strict = await startEdge({ bindings: { httpCountsAsHttps: false } });
  t.teardown(() => strict.close());
  await strict.get(own, alice);
  const [plain, ...more] = strict.decisions;
  t.match(plain, { step: 'behavior', clause: 'https', required: 'https', given: 'http' });
  t.strictSame(more, []);
});

t.test('the signature: every clause, with both sides', async (t) => {
  const is = async (t: Test, headers: Record<string, string>, expected: object, target = own) =>
    t.match(await decided(target, headers), { step: 'signature', ...expected }, JSON.stringify(expected));
  const dates = (changes: object) => asCookies(signPolicy(folderPolicy(ALICE, changes)));
  const epoch = (offset: number) => ({ 'AWS:EpochTime': NOW_EPOCH + offset });

  t.strictSame(
    await decided(own),
    { step: 'signature', behavior: '*', clause: 'missing_key' },
    'nothing shown',
  );
  t.strictSame(
    await decided(`${own}?Expires=1`, alice),
    { step: 'signature', behavior: '*', clause: 'missing_key', credential: { kind: 'url' } },
    'the query counts, the cookies do not',
  );
  const removed = asCookies(signPolicy(folderPolicy(ALICE), { key: ecKey('KOLD') }));
  await is(t, removed, { clause: 'unknown_key', required: 'KEC, KRSA', given: 'KOLD' });
  await is(t, without('Signature'), { clause: 'missing_signature', credential: cookies });
  await is(t, without('Policy'), { clause: 'missing_policy' });
  await is(t, asCookies({ ...signed, Signature: '%%' }), { clause: 'undecodable_signature' });
  await is(t, without('Hash-Algorithm'), { clause: 'hash_algorithm', required: 'SHA256', given: 'SHA1' });
  await is(t, asCookies({ ...signed, 'Hash-Algorithm': 'sha256' }), { clause: 'hash_algorithm' });
  await is(t, asCookies({ ...signed, Policy: 'a.b' }), { clause: 'malformed_policy', given: 'base64' });
  await is(t, asCookies(signPolicy('{')), { clause: 'malformed_policy', given: 'JSON' });
  const milliseconds = dates({ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH * 1_000 } });
  await is(t, milliseconds, { clause: 'malformed_policy', given: 'DateLessThan' });
  const forged = asCookies(signPolicy(folderPolicy(ALICE), { key: ecKey('KEC') }));
  await is(t, forged, { clause: 'signature', credential: cookies });
  await is(t, dates({ DateLessThan: epoch(-60) }), {
    clause: 'expired',
    required: `before ${new Date((NOW_EPOCH - 60) * 1_000).toISOString()}`,
    given: NOW,
  });
  await is(t, dates({ DateGreaterThan: epoch(60) }), {
    clause: 'not_yet_valid',
    required: `after ${new Date((NOW_EPOCH + 60) * 1_000).toISOString()}`,
    given: NOW,
  });
  const elsewhere = dates({ IpAddress: { 'AWS:SourceIp': '192.0.2.0/24' } });
  await is(t, elsewhere, { clause: 'ip_address', required: '192.0.2.0/24', given: '127.0.0.1' });
  const resource = (pattern: string) => asCookies(signPolicy(policyText(pattern)));
  const url = `${ORIGIN}${own}`;
  const https = `https://localhost:8080/users/${ALICE}/*`;
  await is(t, resource(https), { clause: 'resource_protocol', required: https, given: url });
  const host = `http://other/users/${ALICE}/*`;
  await is(t, resource(host), { clause: 'resource_domain', required: host, given: url });
  const file = `${ORIGIN}/users/${ALICE}/b.txt?v=7`;
  await is(
    t,
    resource(file),
    {
      clause: 'resource_path',
      required: `${ORIGIN}/users/${ALICE}/b.txt?v=…`,
      given: `${url}?download=…`,
    },
    `${own}?download=private.txt`,
  );
});

t.test('the functions: their answers, and their failures', async (t) => {
  t.match(await decided(`/users/${ALICE}/a%2fb`, alice), {
    step: 'viewer-request function',
    clause: 'bad_path',
  });
  const refused = async (code: { request?: string; response?: string }) => {
    const other = await startEdge({ template: withCode(code) });
    t.teardown(() => other.close());
    await other.get(own, alice);
    return other.decisions.map(({ step, clause, status }) => [step, clause, status]);
  };
  const viewerRequest = 'viewer-request function';
  const viewerResponse = 'viewer-response function';
  const throws = 'function handler() { throw new Error("x"); }';
  t.strictSame(await refused({ request: throws }), [[viewerRequest, 'function_error', 503]]);
  t.strictSame(await refused({ request: 'function handler() {}' }), [[viewerRequest, 'invalid_result', 502]]);
  t.strictSame(await refused({ request: 'function handler() { return { statusCode: 204 }; }' }), [
    [viewerRequest, 'function_answer', 204],
  ]);
  t.strictSame(await refused({ response: throws }), [[viewerResponse, 'function_error', 503]]);
  const gone = 'function handler(event) { return { statusCode: 410, headers: {} }; }';
  t.strictSame(await refused({ response: gone }), [[viewerResponse, 'function_answer', 410]]);
});

t.test('an origin that is not there', async (t) => {
  const down = await startEdge();
  await down.origin.close();
  t.teardown(() => down.local.close());
  await down.get(own, alice);
  const [unreachable, ...more] = down.decisions;
  t.match(unreachable, {
    step: 'origin',
    clause: 'origin_unreachable',
    status: 502,
    credential: cookies,
  });
  t.strictSame(more, []);
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
  t.ok(edge.decisions.length > 30, `${edge.decisions.length} records`);
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
