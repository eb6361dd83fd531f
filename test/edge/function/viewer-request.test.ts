import t from 'tap';
import type { EdgeRequest, EdgeResponse, EdgeValue } from '../../../edge/function/event.ts';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { createBuilt } from './support/built.ts';
import { NOW, storeOf, viewerRequest } from './support/events.ts';
import { GOLDEN_REQUESTS, type Golden } from './support/golden-requests.ts';

const { decide } = await import('../../../edge/function/gate.ts');

const failing = {
  exists: () => Promise.reject(new Error('down')),
  get: () => Promise.reject(new Error('down')),
};

const STATUS: Record<string, number> = {
  bad_path: 400,
  not_a_file: 404,
  clear: 200,
  revocation_unknown: 503,
};

/** A result in the form of the golden requests: a code, or the request that is passed on. */
function outcomeOf(result: unknown): Golden['expected'] {
  if (!isRecord(result)) return 'no object';
  if (typeof result['uri'] === 'string') {
    const { uri, querystring, headers } = result as unknown as EdgeRequest;
    const query = Object.entries(querystring).map(([name, value]) => [name, value?.value ?? '']);
    const credential = headers['x-gateway-credential']?.value === 'file' ? 'file' : 'folder';
    return { uri, query: Object.fromEntries(query), credential };
  }
  const { statusCode, body } = result as unknown as EdgeResponse;
  if (statusCode === 200 && body === undefined) return 'clear';
  return typeof body === 'object' ? String(JSON.parse(body.data).code) : 'no code';
}

t.test('the source answers every golden request as the contract says', async (t) => {
  for (const { title, request, entries, expected } of GOLDEN_REQUESTS) {
    const given = viewerRequest(request);
    const { method, cookies } = request;
    const result = await decide(given, entries === null ? failing : storeOf(entries), NOW);
    t.strictSame(outcomeOf(result), expected, title);
    if (typeof expected !== 'string') {
      // Method and cookies stay as they were.
      t.match(result, { method, cookies }, title);
      const { 'x-gateway-credential': told, ...headers } = given.headers;
      t.strictSame(headers, request.headers, title);
      t.equal(told?.value, expected.credential, title);
      t.strictSame(
        Object.keys(given.querystring),
        ['v', 'share', 'download'].filter((name) => name in expected.query),
        title,
      );
    } else {
      t.equal((result as EdgeResponse).statusCode, STATUS[expected] ?? 403, title);
    }
  }
});

t.test(
  'several ranges are not passed on: an answer in parts would have another type than the file',
  async (t) => {
    const golden = GOLDEN_REQUESTS.find(({ expected }) => typeof expected !== 'string');
    const passed = async (range: EdgeValue) => {
      if (!golden) throw new Error('no golden request is passed on');
      const { request, entries } = golden;
      const asked = viewerRequest({ ...request, headers: { ...request.headers, range } });
      await decide(asked, storeOf(entries ?? {}), NOW);
      return asked.headers['range'];
    };
    t.strictSame(await passed({ value: 'bytes=0-3' }), { value: 'bytes=0-3' });
    t.equal(await passed({ value: 'bytes=0-1,3-4' }), undefined);
    const twice = { value: 'bytes=0-1', multiValue: [{ value: 'bytes=0-1' }, { value: 'bytes=3-4' }] };
    t.equal(await passed(twice), undefined);
  },
);

t.test('the built file gives the same results', async (t) => {
  const built = createBuilt('viewer-request');
  for (const { title, request, entries, expected } of GOLDEN_REQUESTS) {
    const result = await built({ request, ...(entries === undefined ? {} : { entries }) });
    t.strictSame(outcomeOf(result), expected, title);
    const source = await decide(viewerRequest(request), entries === null ? failing : storeOf(entries), NOW);
    t.strictSame(result, JSON.parse(JSON.stringify(source)), title);
  }
});

t.test('its own answers are small JSON that nobody caches', async (t) => {
  for (const { title, request, entries, expected } of GOLDEN_REQUESTS) {
    if (typeof expected !== 'string') continue;
    const store = entries === null ? failing : storeOf(entries);
    const answer = (await decide(viewerRequest(request), store, NOW)) as EdgeResponse;
    t.match(
      answer.headers,
      {
        'cache-control': { value: 'no-store' },
        'x-content-type-options': { value: 'nosniff' },
        'referrer-policy': { value: 'no-referrer' },
        'cross-origin-resource-policy': { value: 'same-site' },
        'content-security-policy': { value: /default-src 'none'; .*sandbox/ },
      },
      title,
    );
    const words = expected === 'clear' ? 'OK' : answer.statusCode === 403 ? 'Forbidden' : expected;
    t.equal(answer.statusDescription, words, title);
    const clears = expected === 'revoked' || expected === 'clear';
    t.equal(answer.headers['clear-site-data']?.value, clears ? '"cache"' : undefined, title);
    t.equal(
      answer.headers['content-type']?.value,
      expected === 'clear' ? undefined : 'application/json',
      title,
    );
  }
});
