import { ALICE, BOB } from '../edge.ts';
import type { Random } from './random.ts';

const OWN = `/users/${ALICE}/a.txt`;
const FOREIGN = `/users/${BOB}/b.txt`;
const SMUGGLED = `GET ${FOREIGN} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n`;

/** First lines of requests, some of them good. `@` is the target. */
export const REQUEST_LINES = [
  ...['GET @ HTTP/1.0', 'GET  @ HTTP/1.1', 'GET @  HTTP/1.1', 'GET\t@\tHTTP/1.1', ' GET @ HTTP/1.1'],
  ...['get @ HTTP/1.1', 'GET @ HTTP/9.9', 'GET @ HTTP/2.0', 'GET @ HTTP/0.9', 'GET @', 'GET', '@', ''],
  ...['GET @ http/1.1', 'GET @ HTTP/1.1 x', 'PRI * HTTP/2.0', 'CONNECT @ HTTP/1.1'],
  ...['CONNECT localhost:8080 HTTP/1.1', 'PURGE @ HTTP/1.1', 'X @ HTTP/1.1', 'TRACE @ HTTP/1.1'],
  ...['OPTIONS * HTTP/1.1', 'GET * HTTP/1.1', 'QUERY @ HTTP/1.1', 'M-SEARCH @ HTTP/1.1', 'GET/@/HTTP/1.1'],
  ...['GET @\x00 HTTP/1.1', 'GET \xff@ HTTP/1.1', 'G\x00T @ HTTP/1.1', 'GET @ HTTP/1.1\x00'],
  ...['GET @ ICE/1.0', 'GET @ RTSP/1.0'],
];

/** Targets other than a plain path. */
export const ABSOLUTE_FORMS = [
  ...['http://localhost:8080', 'HTTP://LOCALHOST:8080', 'https://localhost:8080', 'ws://localhost:8080'],
  ...['http://other', 'http://localhost:8080@other', 'http://other@localhost:8080', 'http://localhost'],
  ...['//localhost:8080', 'http:/', 'http://[::1]:8080', 'file://', 'javascript:'],
  ...['http://localhost:8080#', 'http://localhost:8080?', 'localhost:8080'],
];

/** Headers that a parser of HTTP/1.1 accepts, so others may follow on the connection. */
export const HEADERS = [
  ...['Range: bytes=0-0', 'Range: bytes=-5', 'Range: bytes=5-', 'Range: bytes=9-1', 'Range: bytes=0-1,3-4'],
  ...['Range: bytes=a-b', `Range: bytes=${'9'.repeat(400)}-`, 'Range: lines=1-2'],
  ...[`Range: bytes=${'0-0,'.repeat(500)}1-1`, 'Range:', 'Range: bytes=', 'If-None-Match: *'],
  ...['If-None-Match: "a", W/"b', `If-None-Match: ${'"x",'.repeat(500)}"y"`, 'If-None-Match:'],
  ...['If-Match: *', 'If-Modified-Since: yesterday', 'If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT'],
  ...['If-Unmodified-Since: 0', 'If-Range: x', `X-Original-URL: ${FOREIGN}`, `X-Rewrite-URL: ${FOREIGN}`],
  ...['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-Host: other', 'X-HTTP-Method-Override: PUT'],
  ...['Authorization: AWS4-HMAC-SHA256 Credential=AKIATEST/', 'X-Amz-Date: 1', 'x-amz-acl: public-read'],
  ...['Origin: null', 'Origin: http://localhost:3000', `Origin: ${'x'.repeat(9_000)}`],
  ...['Accept-Encoding: gzip', 'Sec-Fetch-Dest: script', 'Accept: \x80\xff', '__proto__: 1'],
  ...['constructor: 1', 'toString: 1', `X-Long: ${'a'.repeat(10_000)}`, 'Via: 1.1 x', 'TE: trailers'],
  ...['X-Cache: Hit', 'X-Edge-Result: 1', 'Connection: keep-alive, Cookie', 'Connection: Range, Host'],
  ...['Keep-Alive: timeout=99999', 'Expect: 100-continue', 'Upgrade: h2c', 'Upgrade: websocket'],
  ...['Host: other', 'Host: localhost:8080', 'Cache-Control: no-cache', 'Pragma: no-cache'],
  ...['X-Tab:\tvalue\t', 'Content-Type: text/html', 'Cookie: a=b', 'Cookie:', 'Cookie: =;=;'],
];

/** Lines that a parser may refuse, together with the connection. */
export const BROKEN_LINES = [
  ...['No-Colon', ': no name', 'Sp ace: x', 'Host : localhost:8080', ' folded: x', 'X: a\r\n b'],
  ...['X: a\r\n\tb', 'X\x00: y', 'X: \x00', 'X: \x7f', 'X: a\rb', 'X: a\nHost: other', '\x80: x'],
  ...['Content-Length: 0\r\nContent-Length: 5', 'Content-Length: -1', 'Content-Length: 0x1'],
  ...['Content-Length: 9999999999999999999999', 'Content-Length: +1', 'Content-Length: 1, 1'],
  ...['Content-Length:', 'Content-Length: 1_0', 'Transfer-Encoding: xchunked'],
  ...['Transfer-Encoding: chunked, identity', 'Transfer-Encoding: identity'],
  ...['Transfer-Encoding:\x0bchunked', 'Transfer-Encoding: chunked\r\nContent-Length: 4'],
  ...['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'Upgrade: h2c\r\nConnection: Upgrade'],
  ...['Transfer-Encoding : chunked', 'transfer-encoding: CHUNKED', 'Expect: 200-ok', 'Connection: close'],
  ...['Proxy-Connection: close', 'Connection: upgrade', `X-Long: ${'a'.repeat(70_000)}`],
  ...['X: y\r\n'.repeat(2_500).trimEnd(), `${'n'.repeat(5_000)}: x`, 'Cookie: a\r\nX: y'],
];

/** A well-formed body of chunks. Every parser must see one request in it. */
export function goodChunks(random: Random): string {
  const chunks = random.some(['x', 'abc', SMUGGLED, '0\r\n\r\n', 'a'.repeat(300)], 3);
  const extension = random.pick(['', ';a=b', ';a="b"']);
  const trailers = random.pick(['', 'X-Trailer: 1\r\n', `Cookie: a=b\r\nHost: other\r\n`]);
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}${extension}\r\n${chunk}\r\n`).join('')}0\r\n${trailers}\r\n`;
}

export function brokenChunks(random: Random): string {
  const sizes = [
    '-1',
    '0x5',
    'g',
    '',
    ' 5',
    '5 ',
    'ffffffffffffffff',
    '1'.repeat(40),
    '5;\x00',
    '5;a="b',
    '00000000000000000005',
    '5\n',
  ];
  const ends = [
    '',
    '\n',
    '\r',
    'hello',
    'hello\n',
    'hello\r\n',
    `hello\r\n0\r\n\r\n${SMUGGLED}`,
    `hello\r\n0\r\nX\r\n\r\n`,
  ];
  return `${random.pick(sizes)}\r\n${random.pick(ends)}`;
}

/** Text that is not HTTP/1.1 at all. */
export const OTHER_PROTOCOLS = [
  ...['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00'],
  ...['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'SSH-2.0-x\r\n', '\x05\x01\x00'],
  ...['HTTP/1.1 200 OK\r\n\r\n', '{"a":1}\r\n\r\n', 'PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n', '\x00\x00\x00'],
  ...[`GET ${OWN}\r\n\r\n`, 'GET', `GET ${OWN} HTTP/1.1\r\n`],
  ...[`GET ${OWN} HTTP/1.1\r\nHost: localhost:8080\r\n`, `\r\n\r\nGET / HTTP/1.1\r\n`],
];

export { FOREIGN, OWN, SMUGGLED };
