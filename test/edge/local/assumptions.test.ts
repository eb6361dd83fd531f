import t, { type Test } from 'tap';
import type { Assumptions } from '../../../edge/local/assumptions.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  cookiesOf,
  folderPolicy,
  KEEP,
  NOW_EPOCH,
  ORIGIN,
  PASS,
  policyText,
  signPolicy,
  startEdge,
  type TestEdge,
  withCode,
} from './support/edge.ts';

/** Answers with the request as the function sees it. */
const ECHO = `function handler(event) {
  const { uri, querystring, cookies } = event.request;
  const raw = event.request.rawQueryString();
  return { statusCode: 200, headers: {}, body: JSON.stringify({ uri, querystring, cookies, raw }) };
}`;
const own = `/users/${ALICE}/a.txt`;
const signed = signPolicy(folderPolicy(ALICE));
const alice = asCookies(signed);

async function started(
  t: Test,
  code: { request?: string; response?: string },
  assumptions: Partial<Assumptions> = {},
): Promise<TestEdge> {
  const template = withCode({ request: PASS, response: KEEP, ...code });
  const edge = await startEdge({ template, assumptions });
  t.teardown(() => edge.close());
  return edge;
}

/** Runs the same requests under the default and under the other choice. */
async function statuses(
  t: Test,
  assumptions: Partial<Assumptions>,
  requests: [target: string, headers?: Record<string, string>][],
): Promise<number[][]> {
  const found: number[][] = [];
  for (const choice of [{}, assumptions]) {
    const edge = await started(t, {}, choice);
    const answers: number[] = [];
    for (const [target, headers] of requests) answers.push((await edge.get(target, headers)).status);
    found.push(answers);
  }
  return found;
}

t.test('functionBeforeSignature: the function answers before anybody is refused', async (t) => {
  t.equal((await (await started(t, { request: ECHO })).get(own)).status, 403);
  const before = await started(t, { request: ECHO }, { functionBeforeSignature: true });
  t.equal((await before.get(own)).status, 200);
  const pass = await started(t, {}, { functionBeforeSignature: true });
  t.match((await pass.get(own)).body, 'MissingKey');
  t.equal((await pass.get(own, alice)).status, 200);
  t.strictSame(
    pass.decisions.map(({ step }) => step),
    ['signature', 'origin'],
  );
});

t.test('normalisedUri: function and origin receive the path resolved', async (t) => {
  const target = `/users/${ALICE}/x/..//%61%2f%e3.txt`;
  const seen = async (choice: Partial<Assumptions>) =>
    JSON.parse((await (await started(t, { request: ECHO }, choice)).get(target, alice)).body).uri;
  t.equal(await seen({}), target);
  t.equal(await seen({ normalisedUri: true }), `/users/${ALICE}/a%2F%E3.txt`);
  const edge = await started(t, {}, { normalisedUri: true });
  await edge.get(target, alice);
  t.equal(edge.origin.requests[0]?.rawUrl, `/gateway-files/users/${ALICE}/a%2F%E3.txt`);
});

t.test('signatureOnNormalisedUri: Resource is compared with the path resolved', async (t) => {
  const out = `/users/${ALICE}/../${BOB}/b.txt`;
  const into = `/users/${BOB}/../${ALICE}/a.txt`;
  t.strictSame(
    await statuses(t, { signatureOnNormalisedUri: true }, [
      [out, alice],
      [into, alice],
    ]),
    [
      [200, 403],
      [403, 200],
    ],
  );
});

t.test('signingParametersHidden: not in the raw query string either', async (t) => {
  const query = `a=1&${asQuery(signed)}&b=2`;
  const seen = async (choice: Partial<Assumptions>) =>
    JSON.parse((await (await started(t, { request: ECHO }, choice)).get(`${own}?${query}`)).body);
  const querystring = { a: { value: '1' }, b: { value: '2' } };
  t.match(await seen({}), { raw: query, querystring });
  t.strictSame(Object.keys((await seen({})).querystring), ['a', 'b']);
  t.match(await seen({ signingParametersHidden: true }), { raw: 'a=1&b=2', querystring });
});

t.test('signingCookiesHidden: the function sees the others alone', async (t) => {
  const headers = { Cookie: `first=1; ${alice.Cookie}; Policy=2` };
  const seen = async (choice: Partial<Assumptions>) => {
    const edge = await started(t, { request: ECHO }, choice);
    return Object.keys(JSON.parse((await edge.get(own, headers)).body).cookies);
  };
  const names = Object.keys(signed).map((name) => `CloudFront-${name}`);
  t.strictSame(await seen({}), ['first', ...names, 'Policy']);
  t.strictSame(await seen({ signingCookiesHidden: true }), ['first', 'Policy']);
});

t.test('viewerResponseSees: what came, or what the viewer-request function made of it', async (t) => {
  const request = `function handler(event) {
    event.request.uri = '/users/${ALICE}/a.txt';
    event.request.querystring = { v: { value: '7' } };
    event.request.headers['x-seen'] = { value: 'rewritten' };
    return event.request;
  }`;
  const response = `function handler(event) {
    const { uri, querystring, headers, cookies } = event.request;
    const seen = [uri, Object.keys(querystring), headers['x-seen'], Object.keys(cookies).length];
    event.response.headers['x-told'] = { value: JSON.stringify(seen) };
    return event.response;
  }`;
  const told = async (choice: Partial<Assumptions>) => {
    const edge = await started(t, { request, response }, choice);
    const answer = await edge.get(`/users/${ALICE}/other?share=1`, { ...alice, 'X-Seen': 'sent' });
    return JSON.parse(answer.headers.get('x-told') ?? '');
  };
  t.strictSame(await told({}), [own, ['v'], { value: 'rewritten' }, 4]);
  t.strictSame(await told({ viewerResponseSees: 'viewer' }), [
    `/users/${ALICE}/other`,
    ['share'],
    { value: 'sent' },
    4,
  ]);
});

t.test('duplicates: the first or the last, of cookies and of parameters', async (t) => {
  const bob = cookiesOf(BOB).Cookie;
  const stale = { ...signed, Signature: 'AAAA' };
  t.strictSame(
    await statuses(t, { duplicates: 'last' }, [
      [own, { Cookie: `${alice.Cookie}; ${bob}` }],
      [own, { Cookie: `${bob}; ${alice.Cookie}` }],
      [`${own}?${asQuery(signed)}&${asQuery(stale)}`],
      [`${own}?${asQuery(stale)}&${asQuery(signed)}`],
    ]),
    [
      [200, 403, 200, 403],
      [403, 200, 403, 200],
    ],
  );
});

t.test('fittingSet: of several whole sets of cookies, one that opens the file', async (t) => {
  const bob = cookiesOf(BOB).Cookie;
  const over = asCookies(
    signPolicy(folderPolicy(ALICE, { DateLessThan: { 'AWS:EpochTime': NOW_EPOCH - 60 } })),
  ).Cookie;
  const mixed = { Cookie: `${asCookies({ ...signed, Signature: 'AAAA' }).Cookie}; ${bob}` };
  const requests: Parameters<typeof statuses>[2] = [
    [own, { Cookie: `${alice.Cookie}; ${bob}` }],
    [own, { Cookie: `${bob}; ${alice.Cookie}` }],
    [own, { Cookie: `${over}; ${bob}; ${alice.Cookie}` }],
    [own, { Cookie: `${bob}; ${over}` }],
    [own, mixed],
    [own, { Cookie: `CloudFront-Signature=AAAA; ${alice.Cookie}` }],
    // Nobody knows to which set the last cookie belongs.
    [own, { Cookie: `${bob}; ${alice.Cookie}; CloudFront-Hash-Algorithm=SHA256` }],
    [`${own}?Policy=`, { Cookie: `${bob}; ${alice.Cookie}` }],
  ];
  t.strictSame(await statuses(t, { fittingSet: true }, requests), [
    [200, 403, 403, 403, 403, 403, 403, 403],
    [200, 200, 200, 403, 403, 403, 403, 403],
  ]);
});

t.test('policyWithExpires: the policy, or the canned one', async (t) => {
  const lessThan = NOW_EPOCH + 60;
  const canned = `{"Statement":[{"Resource":"${ORIGIN}${own}","Condition":{"DateLessThan":{"AWS:EpochTime":${lessThan}}}}]}`;
  const { Signature = '' } = signPolicy(canned);
  const Expires = String(lessThan);
  t.strictSame(
    await statuses(t, { policyWithExpires: 'expires' }, [
      [own, asCookies({ ...signed, Expires })],
      [own, asCookies({ ...signed, Expires, Signature })],
      [own, asCookies({ 'Key-Pair-Id': 'KEC', 'Hash-Algorithm': 'SHA256', Expires, Signature })],
      [own, alice],
    ]),
    [
      [200, 403, 200, 200],
      [403, 200, 200, 200],
    ],
  );
});

t.test('caseIgnored: of the hash and of the host in Resource, and of nothing else', async (t) => {
  const upper = asCookies(signPolicy(policyText(`http://LOCALHOST:8080/users/${ALICE}/*`)));
  const path = asCookies(signPolicy(policyText(`${ORIGIN}/Users/${ALICE}/*`)));
  t.strictSame(
    await statuses(t, { caseIgnored: true }, [
      [own, asCookies({ ...signed, 'Hash-Algorithm': 'sha256' })],
      [own, upper],
      [own, path],
    ]),
    [
      [403, 403, 403],
      [200, 200, 403],
    ],
  );
});

t.test('responseHeadersPolicyFirst: the function sees what the policy set, and may undo it', async (t) => {
  const response = `function handler(event) {
    event.response.headers['x-told'] = { value: String('x-content-type-options' in event.response.headers) };
    delete event.response.headers['x-content-type-options'];
    return event.response;
  }`;
  const told = async (choice: Partial<Assumptions>, target = own) => {
    const edge = await started(t, { response }, choice);
    const { headers } = await edge.get(target, alice);
    return [headers.get('x-told'), headers.get('x-content-type-options')];
  };
  t.strictSame(await told({}), ['true', undefined]);
  t.strictSame(await told({ responseHeadersPolicyFirst: false }), ['false', 'nosniff']);
  const none = `/users/${ALICE}/none`;
  t.strictSame(await told({}, none), [undefined, 'nosniff'], 'an error has it too');
});

t.test('partialProtocol and addressWithoutMask: forms that AWS does not describe', async (t) => {
  const wide = policyText(`http*://localhost:8080/users/${ALICE}/*`);
  const address = folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': '127.0.0.1' } });
  const ask = [wide, address].map((policy): [string, Record<string, string>] => [
    own,
    asCookies(signPolicy(policy)),
  ]);
  t.strictSame(await statuses(t, { partialProtocol: true }, ask), [
    [403, 403],
    [200, 403],
  ]);
  t.strictSame(await statuses(t, { addressWithoutMask: true }, ask), [
    [403, 403],
    [403, 200],
  ]);
});

t.test('responseHeadersPolicyOnRefusals: a refusal carries the policy, CORS included', async (t) => {
  const headers = { Origin: 'http://localhost:3000' };
  const names = ['x-content-type-options', 'access-control-allow-origin'];
  const told = async (choice: Partial<Assumptions>) => {
    const answer = await (await started(t, {}, choice)).get(own, headers);
    return [answer.status, ...names.map((name) => answer.headers.get(name))];
  };
  t.strictSame(await told({}), [403, undefined, undefined]);
  t.strictSame(await told({ responseHeadersPolicyOnRefusals: true }), [
    403,
    'nosniff',
    'http://localhost:3000',
  ]);
});
