import t from 'tap';
import type { EdgeRequest, EdgeResponse, EdgeValue } from '../../../edge/function/event.ts';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { createBuilt } from './support/built.ts';
import { GOLDEN_REQUESTS, type Golden } from './support/golden-requests.ts';

const ask = createBuilt('viewer-request');

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

t.test('the deployed file answers every golden request as the contract says', async (t) => {
  for (const { title, request, expected, ...given } of GOLDEN_REQUESTS) {
    const result = await ask({ request, ...given });
    t.strictSame(outcomeOf(result), expected, title);
    if (typeof expected !== 'string') {
      const { method, cookies } = request;
      const passed = result as EdgeRequest;
      t.match(passed, { method, cookies }, title);
      const { 'x-gateway-credential': told, ...headers } = passed.headers;
      t.strictSame(headers, request.headers, title);
      t.equal(told?.value, expected.credential, title);
      t.strictSame(
        Object.keys(passed.querystring),
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
      const { request, entries = {} } = golden;
      const headers = { ...request.headers, range };
      return ((await ask({ request: { ...request, headers }, entries })) as EdgeRequest).headers['range'];
    };
    t.strictSame(await passed({ value: 'bytes=0-3' }), { value: 'bytes=0-3' });
    t.equal(await passed({ value: 'bytes=0-1,3-4' }), undefined);
    const twice = { value: 'bytes=0-1', multiValue: [{ value: 'bytes=0-1' }, { value: 'bytes=3-4' }] };
    t.equal(await passed(twice), undefined);
  },
);

t.test('its own answers are small JSON that nobody caches', async (t) => {
  for (const { title, request, expected, ...given } of GOLDEN_REQUESTS) {
    if (typeof expected !== 'string') continue;
    const answer = (await ask({ request, ...given })) as EdgeResponse;
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
