import { createHash } from 'node:crypto';
import t from 'tap';
import type { EdgeResponse } from '../../../edge/function/event.ts';
import { createBuilt } from './support/built.ts';
import { APP_ORIGIN, type PlainRequest } from './support/events.ts';
import { GOLDEN_REQUESTS, type Golden } from './support/golden-requests.ts';

const ask = createBuilt('viewer-request');

const NAVIGATION = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

/** The golden requests that are refused, with the state of the store. */
const REFUSED = GOLDEN_REQUESTS.flatMap(({ title, request, entries, expected }) =>
  typeof expected === 'string' && expected !== 'clear' ? [{ title, request, entries, expected }] : [],
);

function asked(request: PlainRequest, headers: Record<string, string>, method = 'GET'): PlainRequest {
  const values = Object.entries(headers).map(([name, value]) => [name, { value }]);
  return { ...request, method, headers: { ...request.headers, ...Object.fromEntries(values) } };
}

async function answer(request: PlainRequest, entries: Golden['entries']) {
  return (await ask({ request, ...(entries === undefined ? {} : { entries }) })) as EdgeResponse;
}

const dataOf = ({ body }: EdgeResponse) => (typeof body === 'object' ? body.data : '');

function reasonOf(statusCode: number): string {
  if (statusCode === 403) return 'The link has ended or was revoked';
  return statusCode === 503 ? 'cannot be checked now' : 'not the address of a file';
}

t.test('a refusal that a person opens is a page with the same status, code and headers', async (t) => {
  t.ok(REFUSED.length > 20);
  const reasons = new Set<string>();
  for (const { title, request, entries, expected } of REFUSED) {
    const program = await answer(asked(request, { accept: '*/*' }), entries);
    const person = await answer(asked(request, { accept: NAVIGATION }), entries);
    t.strictSame(JSON.parse(dataOf(program)), { code: expected }, title);
    t.equal(person.statusCode, program.statusCode, title);
    t.equal(person.headers['content-type']?.value, 'text/html; charset=utf-8', title);
    const { 'content-type': _, 'content-security-policy': policy, ...others } = person.headers;
    t.match(program.headers, others, 'no-store, and Clear-Site-Data if the JSON answer has it');
    const page = dataOf(person);
    const style = /<style>(.*)<\/style>/.exec(page)?.[1] ?? '';
    const hash = `sha256-${createHash('sha256').update(style).digest('base64')}`;
    t.equal(
      policy?.value,
      `default-src 'none'; frame-ancestors ${APP_ORIGIN}; style-src '${hash}'; sandbox`,
      'the policy of the page allows its one style',
    );
    reasons.add(/<p>(.*?)<p>/.exec(page)?.[1] ?? '');
    t.match(page, new RegExp(`<small>${person.statusCode} <code>${expected}</code>`), title);
    t.match(page, reasonOf(person.statusCode), title);
    t.match(page, `<a href="${APP_ORIGIN}/">`, title);
    t.notMatch(page, /<script|users\/|\son\w+=/, 'no script, nothing of the request');
  }
  t.equal(reasons.size, 3, 'each kind of refusal has its reason');
});

t.test('a program gets JSON as before: by HEAD, by fetch, by an image, without Accept', async (t) => {
  for (const { title, request, entries, expected } of REFUSED) {
    for (const [method, accept] of [
      ['HEAD', NAVIGATION],
      ['POST', NAVIGATION],
      ['GET', 'image/avif,image/webp,*/*;q=0.8'],
      ['GET', 'application/json'],
    ] as const) {
      const given = await answer(asked(request, { accept }, method), entries);
      t.strictSame(JSON.parse(dataOf(given)), { code: expected }, `${title} ${method}`);
      t.equal(given.headers['content-type']?.value, 'application/json', method);
    }
  }
});

t.test('the page is in Japanese if Japanese comes first', async (t) => {
  const { request, entries } = REFUSED.find(({ expected }) => expected === 'revoked') ?? {};
  if (!request) throw new Error('no revoked request');
  for (const [language, start] of [
    ['ja', 'ja'],
    ['ja-JP,ja;q=0.9,en;q=0.8', 'ja'],
    ['en-US,en;q=0.9,ja;q=0.8', 'en'],
    ['', 'en'],
  ] as const) {
    const given = await answer(asked(request, { accept: 'text/html', 'accept-language': language }), entries);
    const title = start === 'ja' ? 'これは開けません' : 'This cannot be opened';
    for (const part of [`<html lang="${start}">`, `<title>${title}</title>`, `<h1>${title}</h1>`])
      t.match(dataOf(given), part, language);
  }
});
