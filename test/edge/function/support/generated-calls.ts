import fc from 'fast-check';
import type { EdgeValue } from '../../../../edge/function/event.ts';
import type { Call } from './built.ts';
import {
  ALICE,
  BOB,
  cloudFrontBase64,
  cookiesOf,
  FILES_ORIGIN,
  folderPolicy,
  NOW,
  plainRequest,
  policyText,
  START,
} from './events.ts';

const FOLDER = `/users/${ALICE}/`;

/** Most segments are harmless. Otherwise every second path would be refused. */
const harmless = fc.constantFrom(
  ...'a B9 photo.png / dir/ %e5%86%99 写 😀 %F0%9F%98%80 é %61 %252f %25 ~ _ - ! %21 %2a %20'.split(' '),
  ...[
    ' ',
    'e\u0301',
    '写真'.repeat(120),
    'a/'.repeat(200),
    "!'".repeat(150),
    '%e5%86%99'.repeat(100),
    '/'.repeat(900),
  ],
);
const hostile = fc.constantFrom(
  ...`. .. / // %2f %2F %2e %5c \\ ; %3b ' ( ) * % %4 %zz %00 %0a %c2%85 %c0%af %ed%a0%80 ? # + %2b =`.split(
    ' ',
  ),
  ...['\u0001', '\u0085', '\n'],
);
const rest = fc.oneof(
  fc.array(harmless, { maxLength: 8 }).map((tokens) => tokens.join('')),
  fc.array(fc.oneof(harmless, hostile), { maxLength: 6 }).map((tokens) => tokens.join('')),
  fc.constantFrom('a.png', 'dir/a.png', '%E5%86%99.png', 'a%20%281%29.png', 'a.png\n', ''),
);
const prefix = fc.oneof(
  { weight: 20, arbitrary: fc.constant(FOLDER) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[`/users/${BOB}/`, `/users/${ALICE}`, `//users/${ALICE}/`, `/users//${ALICE}/`, `/Users/${ALICE}/`],
      ...['/%75sers/a/', '/users/a.b/', '/users/a\n/', '/users/*/', '/users/../', '/users/%61/', '/', ''],
    ),
  },
);
const uri = fc.tuple(prefix, rest).map((parts) => parts.join(''));

const policy = (ownUrl: string) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(START, 1, NOW, NOW - 1).map((start) => folderPolicy(ALICE, start)),
    },
    { weight: 2, arbitrary: fc.constant(policyText(ownUrl)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...[folderPolicy(BOB), folderPolicy(ALICE, String(START)), folderPolicy(ALICE, START + 0.5)],
        ...[policyText(`${FILES_ORIGIN}/users/*`), policyText('*'), policyText(`${FILES_ORIGIN}${FOLDER}*`)],
        ...[
          folderPolicy(ALICE).replace('{', '{ '),
          folderPolicy(ALICE, '写 > ?'),
          '{',
          'null',
          '[]',
          '',
          '写',
        ],
      ),
    },
  );

/** Spellings of base64. Most are CloudFront's, the others could be accepted by another reader. */
const spelled = (text: string) => {
  const base64 = cloudFrontBase64(text);
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(base64) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...[
          `${base64}_`,
          `_${base64}`,
          `${base64}=`,
          base64.replaceAll('_', '='),
          base64.replaceAll('_', ''),
        ],
        ...[base64.slice(0, -1), base64.slice(0, -4), base64.slice(1), ` ${base64}`, `${base64}\n`],
        ...[base64.replace(/.(_*)$/, 'B$1'), base64.replace(/.(_*)$/, '~$1'), base64.replace('e', 'f')],
        ...[
          `${base64.slice(0, 8)}\n${base64.slice(8)}`,
          `${base64.slice(0, 90)}  ${base64.slice(90)}`,
          'é',
          '____',
        ],
      ),
    },
  );
};

const harmlessParameter = fc.constantFrom(
  ...'v=e1 v=e2 v= v=%22 share=7 share=71 download=a%20b download= download=a"b clear clear=1 versionId=1'.split(
    ' ',
  ),
  ...[
    'v=e1\n',
    'share=7\n',
    'download=a\n',
    'a?b',
    'a=1;b',
    '',
    '=',
    '写=1',
    '%',
    '__proto__=1',
    'constructor=1',
  ],
);
const hostileParameter = fc.constantFrom(
  ...'share=07 share Expires=1 Expires Signature=x Key-Pair-Id=K1 Hash-Algorithm=SHA256'.split(' '),
  ...'%50olicy=x policy=x %73hare=7 SHARE a;Policy=x Key-Pair-ID=1'.split(' '),
);
const rawQuery = (ownUrl: string) => {
  const signed = policy(ownUrl)
    .chain(spelled)
    .map((value) => `Policy=${value}`);
  return fc.oneof(
    fc.constantFrom(undefined, 'v=0123456789abcdef', ''),
    fc.array(harmlessParameter, { maxLength: 4 }).map((parameters) => parameters.join('&')),
    fc
      .array(fc.oneof(harmlessParameter, hostileParameter, signed), { maxLength: 4 })
      .map((parameters) => parameters.join('&')),
  );
};

const cookies = (ownUrl: string) =>
  fc
    .tuple(
      policy(ownUrl).chain(spelled),
      fc.constantFrom(...Array<string>(10).fill(''), 'none', 'twice', 'once', 'expires', 'no policy'),
    )
    .map(([value, change]): Record<string, EdgeValue> => {
      const set = { ...cookiesOf(''), 'CloudFront-Policy': { value } };
      if (change === 'none') return {};
      if (change === 'no policy') return { 'CloudFront-Signature': { value } };
      if (change === 'expires') return { ...set, 'CloudFront-Expires': { value: '1' } };
      const all = change === 'twice' ? [{ value }, { value: 'x' }] : [{ value }];
      return change === '' ? set : { ...set, 'CloudFront-Policy': { value, multiValue: all } };
    });

const value = (...values: string[]) => fc.constantFrom(...values).map((value): EdgeValue => ({ value }));
const destination = value('image', 'image', 'image', 'video', 'empty', 'script', 'object', '', 'constructor');
const headers: fc.Arbitrary<Record<string, EdgeValue>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: destination.map((destination) => ({ 'sec-fetch-dest': destination })) },
  {
    weight: 1,
    arbitrary: value('file', 'folder', 'x').map((credential) => ({ 'x-gateway-credential': credential })),
  },
);

/** The URL of a share or of the operator is often the one of this request, so that the function lets it pass. */
const request = fc
  .tuple(uri, fc.constantFrom('', '?v=e1', '?v=e1&share=7', '?share=7', '?download=a%20b'))
  .chain(([uri, asked]) => {
    const ownUrl = `${FILES_ORIGIN}${uri}${asked}`;
    const own = policy(ownUrl)
      .chain(spelled)
      .map((value) => `${asked.slice(1)}${asked ? '&' : ''}Policy=${value}&Signature=x&Key-Pair-Id=K1`);
    return fc.record({
      uri: fc.constant(uri),
      method: fc.constantFrom('GET', 'HEAD'),
      rawQuery: fc.oneof(rawQuery(ownUrl), rawQuery(ownUrl), own),
      cookies: cookies(ownUrl),
      headers,
    });
  })
  .map(({ uri, rawQuery, ...changes }) =>
    plainRequest(uri, { ...changes, ...(rawQuery === undefined ? {} : { rawQuery }) }),
  );

const numbers = (...values: number[]) =>
  fc.subarray(values).map((taken) => taken.map((number) => `${number},`).join(''));
const entry = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(0, START - 1, START, NOW),
        numbers(1, START, NOW - 1, START + 1),
        fc.constantFrom(0, 6, 7),
        numbers(7, 71, 17),
      )
      .map(([floor, sessions, shareFloor, shares]) => `${floor},${sessions}|${shareFloor},${shares}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '0', '0,|0', '0,,1,|0,', '|', 'x,|0,', '0,|0,\n', '０,|0,', '{}'),
  },
);

/** Calls of the viewer-request function, with hostile and good paths, queries, cookies, headers and entries. */
export const requestCall: fc.Arbitrary<Call> = fc
  .tuple(request, fc.constantFrom('none', 'none', 'own', 'own', 'other', 'down'), entry)
  .map(([request, kind, text]) => {
    if (kind === 'none') return { request };
    if (kind === 'down') return { request, entries: null };
    return { request, entries: { [kind === 'own' ? ALICE : BOB]: text } };
  });

const responseHeaders = fc.record(
  {
    etag: value('"e1"', 'W/"e1"', 'e1', '"0123456789abcdef"'),
    'content-type': value(
      ...[
        'image/png',
        'IMAGE/PNG ; a=b',
        'text/plain;charset=utf-7',
        'text/html',
        'video/mp4',
        'application/pdf',
      ],
      ...[
        'image/png, text/html',
        ' image/png',
        'image/svg+xml',
        '__proto__',
        'constructor',
        '',
        'é/é',
        'image/png;\n',
      ],
    ),
    'content-disposition': value('attachment', 'inline; filename="a"'),
    'cache-control': value('public, max-age=1'),
    'content-encoding': value('gzip', 'identity', ''),
    'content-language': value('en'),
    expires: value('Thu, 01 Jan 2037 00:00:00 GMT'),
    'x-amz-meta-a': value('b'),
    'content-range': value('bytes 0-1/2'),
    'last-modified': value('Wed, 25 Nov 2026 00:00:00 GMT'),
  },
  { requiredKeys: [] },
);
const responseQuery: fc.Arbitrary<Record<string, EdgeValue>> = fc.record(
  {
    v: fc.oneof(
      value('e1', 'e2', ''),
      fc.constant<EdgeValue>({ value: 'e1', multiValue: [{ value: 'e1' }, { value: 'e2' }] }),
    ),
    share: value('7', ''),
    download: value(
      ...[
        'a.png',
        '%E5%86%99.png',
        "a'(1)*!.png",
        '%',
        '%c0%af',
        'a%0d%0ab',
        '..',
        '%E2%80%AEx',
        'a%22b',
        '%F0%9F%98%80',
      ],
    ),
  },
  { requiredKeys: [] },
);

/** Calls of the viewer-response function. */
export const responseCall: fc.Arbitrary<Call> = fc
  .tuple(request, responseQuery, fc.boolean(), responseHeaders, fc.constantFrom(200, 206, 304, 301))
  .map(
    ([request, query, isRewritten, headers, statusCode]): Call => ({
      request: isRewritten ? { ...request, querystring: query } : request,
      response: { statusCode, statusDescription: 'OK', headers },
    }),
  );
