import { equal, match } from 'node:assert/strict';
import { asCookies, policyFor, type Question, question, spelled } from './question.ts';
import { byCookies, byUrl, FILE, opened, refused, SIGNED } from './signed.ts';

export const SIGNED_QUESTIONS: readonly Question[] = [
  question('A custom policy comes in CloudFront-Policy', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, {}));
    opened(await byUrl(viewer, { path: FILE }));
    refused(await viewer.ask(FILE), 'MissingKey');
  }),
  question('CloudFront-Hash-Algorithm is SHA1 or SHA256', SIGNED, async (viewer) => {
    for (const key of ['KRSA', 'KEC'] as const) {
      opened(await byCookies(viewer, { key, hash: 'sha256' }));
      opened(await byCookies(viewer, { key, hash: 'sha1' }));
      refused(await byCookies(viewer, { key, hash: 'sha256', isMarked: false }));
    }
  }),
  question('The names of the cookies are case-sensitive.', SIGNED, async (viewer) => {
    const { headers } = asCookies(viewer.sign({}));
    const cookie = headers?.['cookie']?.replaceAll('CloudFront-', 'cloudfront-') ?? '';
    refused(await viewer.ask(FILE, { headers: { cookie } }), 'MissingKey');
  }),
  question('A canned policy has CloudFront-Expires', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, { isCanned: true, path: FILE }));
    opened(await byUrl(viewer, { isCanned: true, path: FILE }));
  }),
  question('CloudFront builds a canned policy anew', SIGNED, async (viewer) => {
    refused(await byCookies(viewer, { isCanned: true, path: '/private/*' }));
    refused(await byCookies(viewer, { isCanned: true, path: FILE }, '/private/ab/c.txt'));
  }),
  question('Public keys are RSA of 2,048 bits or ECDSA', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, { key: 'KRSA' }));
    opened(await byCookies(viewer, { key: 'KEC' }));
  }),
  question('CloudFront uses SHA-1 to verify an ECDSA', SIGNED, async (viewer) => {
    opened(await byCookies(viewer, { key: 'KEC', hash: 'sha1' }));
  }),
  question('Base64 has - for +', SIGNED, async (viewer) => {
    const fields = viewer.sign({});
    const urlSafe = Buffer.from('?'.repeat(30)).toString('base64').replaceAll('/', '_').replaceAll('+', '-');
    refused(await viewer.ask(FILE, asCookies({ ...fields, Signature: urlSafe })), 'MalformedSignature');
  }),
  question('The signature covers exactly the bytes', SIGNED, async (viewer) => {
    const spaced = JSON.stringify(policyFor(`${viewer.origin}/private/*`)).replaceAll(':{', ': {');
    const fields = viewer.sign({ policy: spaced });
    opened(await viewer.ask(FILE, asCookies(fields)));
    const other = spelled(Buffer.from(`${spaced} `));
    refused(await viewer.ask(FILE, asCookies({ ...fields, Policy: other })));
  }),
  question('A URL with Expires, Policy, Signature', SIGNED, async (viewer) => {
    const withCookies = asCookies(viewer.sign({}));
    refused(await viewer.ask(`${FILE}?Expires=1`, withCookies), 'MissingKey');
    opened(await viewer.ask(`${FILE}?expires=1`, withCookies));
  }),
  question('A request has at most', ['limits'], async (viewer) => {
    equal((await viewer.ask(`/plain.txt?${'x'.repeat(8_300)}`)).status, 414);
    equal((await viewer.ask('/plain.txt', { headers: { 'x-long': 'x'.repeat(25_000) } })).status, 413);
  }),
  question('Behavior and origin are chosen by the normalised path.', SIGNED, async (viewer) => {
    refused(await viewer.ask('/x/../private/a.txt'), 'MissingKey');
    refused(await viewer.ask('//private/a.txt'), 'MissingKey');
  }),
  question('CloudFront checks the signature after the method', [...SIGNED, 'functions'], async (viewer) => {
    refused(await viewer.ask('/signed-function/x'), 'MissingKey');
    equal((await byCookies(viewer, { path: '/signed-function/*' }, '/signed-function/x')).status, 200);
  }),
  question('Key-Pair-Id absent or empty', SIGNED, async (viewer) => {
    const { 'Key-Pair-Id': _id, ...fields } = viewer.sign({});
    for (const given of [fields, { ...fields, 'Key-Pair-Id': '' }])
      match((await viewer.ask(FILE, asCookies(given))).body, /MissingKey.*Missing Key-Pair-Id query/);
  }),
  question('A key outside the key groups', SIGNED, async (viewer) => {
    const given = await viewer.ask(FILE, asCookies({ ...viewer.sign({}), 'Key-Pair-Id': 'KOTHER' }));
    match(given.body, /<Code>InvalidKey<\/Code><Message>Unknown Key</);
  }),
  question('A signature that cannot be decoded', SIGNED, async (viewer) => {
    const given = await viewer.ask(FILE, asCookies({ ...viewer.sign({}), Signature: '!!' }));
    match(given.body, /<Code>MalformedSignature<\/Code><Message>Could not unencode Signature</);
  }),
  question('A policy that is not JSON', SIGNED, async (viewer) => {
    for (const policy of ['no JSON', '{"Statement":[]}'])
      match(
        (await byCookies(viewer, { policy })).body,
        /<Code>MalformedPolicy<\/Code><Message>Malformed Policy</,
      );
  }),
  question('A wrong signature, another hash', SIGNED, async (viewer) => {
    const fields = viewer.sign({});
    const wrong = await viewer.ask(
      FILE,
      asCookies({ ...fields, Signature: viewer.sign({ path: '/' })['Signature'] ?? '' }),
    );
    match(wrong.body, /<Code>AccessDenied<\/Code><Message>Access denied</);
    refused(await byCookies(viewer, { path: '/other/*' }));
  }),
  question('Each refusal of a signature is 403', SIGNED, async (viewer) => {
    const { status, body, headers } = await viewer.ask(FILE);
    equal(status, 403);
    match(String(headers['content-type']), /^text\/xml/);
    match(body, /^<\?xml version="1\.0" encoding="UTF-8"\?><Error><Code>[^\n]*<\/Error>$/);
    equal(body.includes('RequestId'), false);
  }),
  question('A refusal of a signature carries Server', SIGNED, async (viewer) => {
    const { headers } = await viewer.ask(FILE, { headers: { origin: 'https://a.example' } });
    equal(headers['server'], 'CloudFront');
    equal(headers['x-cache'], 'Error from cloudfront');
    match(String(headers['via']), /\(CloudFront\)$/);
    equal(headers['access-control-allow-origin'], undefined);
  }),
  question('Signing cookies are not in the cache key', [...SIGNED, 'cache'], async (viewer) => {
    opened(await byCookies(viewer, { key: 'KEC' }));
    const second = await byCookies(viewer, { key: 'KRSA' });
    opened(second);
    match(String(second.headers['x-cache']), /^Hit/);
  }),
  question('RSA signatures are PKCS #1 v1.5', SIGNED, async (viewer) => {
    const { Signature: _signature, ...fields } = viewer.sign({});
    const halves = Buffer.alloc(64, 1);
    refused(await viewer.ask(FILE, asCookies({ ...fields, Signature: spelled(halves) })));
    opened(await byCookies(viewer, { key: 'KRSA', hash: 'sha1' }));
    opened(await byCookies(viewer, { key: 'KEC', hash: 'sha256' }));
  }),
];
