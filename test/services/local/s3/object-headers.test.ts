import t from 'tap';
import {
  conditionalStatus,
  storedHeaders,
  wantedRange,
} from '../../../../services/local/s3/object-headers.ts';

t.test('the headers that are stored with an object', async (t) => {
  const binary = { 'content-type': 'binary/octet-stream' };
  for (const [given, stored] of [
    [{}, binary],
    [{ 'content-type': '' }, binary],
    [{ 'content-type': 'text/csv' }, { 'content-type': 'text/csv' }],
    [{ 'content-encoding': ' gzip, ,aws-chunked , br' }, { ...binary, 'content-encoding': 'gzip,br' }],
    [{ 'content-encoding': 'aws-chunked' }, binary],
    [
      { expires: '0', 'x-amz-meta-a': 'b' },
      { ...binary, expires: '0', 'x-amz-meta-a': 'b' },
    ],
    [{ 'my-x-amz-meta-a': 'b', range: 'bytes=0-1', 'x-amz-meta-b': ['c'] }, binary],
  ] as [object, object][])
    t.strictSame(storedHeaders({ ...given }), stored, JSON.stringify(given));
});

const AT = Date.parse('2026-11-25T12:00:00Z');
/** It was changed within that second. */
const OBJECT = {
  ...{ pieces: [], size: 10, etag: '"e"', headers: {}, versionId: 'null' },
  lastModifiedMs: AT + 500,
};
const second = (seconds: number) => new Date(AT + seconds * 1_000).toUTCString();

t.test('what the conditions of a request demand', async (t) => {
  for (const [headers, status] of [
    [{}, undefined],
    [{ 'if-match': '"e"' }, undefined],
    [{ 'if-match': '*' }, undefined],
    [{ 'if-match': '"x", "e"' }, undefined],
    [{ 'if-match': ' W/"e"' }, undefined],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-match': 'xW/"e"' }, 412],
    [{ 'if-match': '"e"', 'if-unmodified-since': second(-9) }, undefined],
    [{ 'if-unmodified-since': second(0) }, undefined],
    [{ 'if-unmodified-since': second(-1) }, 412],
    [{ 'if-unmodified-since': 'soon' }, undefined],
    [{ 'if-none-match': '"x"' }, undefined],
    [{ 'if-none-match': '"x", "e"' }, 304],
    [{ 'if-none-match': '"x"', 'if-modified-since': second(9) }, undefined],
    [{ 'if-modified-since': second(0) }, 304],
    [{ 'if-modified-since': second(-1) }, undefined],
    [{ 'if-modified-since': 'soon' }, undefined],
    [{ 'if-match': '"x"', 'if-none-match': '"e"' }, 412],
  ] as const)
    t.equal(conditionalStatus({ ...headers }, OBJECT), status, JSON.stringify(headers));
});

t.test('the one range that a request wants', async (t) => {
  const whole = new Date(OBJECT.lastModifiedMs).toUTCString();
  for (const [range, wanted, ifRange] of [
    ['bytes=0-0', [0, 1]],
    ['bytes=9-9', [9, 10]],
    ['bytes=8-', [8, 10]],
    ['bytes=8-99', [8, 10]],
    ['bytes=-1', [9, 10]],
    ['bytes=-99', [0, 10]],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-5', [5, 6]],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['xbytes=0-1', undefined],
    [undefined, undefined],
    ['bytes=0-0', [0, 1], '"e"'],
    ['bytes=0-0', [0, 1], whole],
    ['bytes=0-0', undefined, '"x"'],
  ] as [string | undefined, [number, number] | string | undefined, string?][]) {
    const found = wantedRange({ range, 'if-range': ifRange }, OBJECT);
    const shown = typeof found === 'object' ? [found.start, found.end] : found;
    t.strictSame(shown, wanted, `${range} ${ifRange}`);
  }
});
