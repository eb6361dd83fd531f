import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  cookiesOf,
  folderPolicy,
  NOW_EPOCH,
  ORIGIN,
  policyText,
  signPolicy,
} from './edge.ts';
import { otherSpellings, traversals } from './hostile-targets.ts';

/** One request of the record. `after` moves the clock before it, in seconds. */
export interface GoldenRequest {
  method: string;
  target: string;
  headers: Record<string, string>;
  after?: number;
}

const OWN = `/users/${ALICE}/a.txt`;
const FOREIGN = `/users/${BOB}/b.txt`;
const IMAGE = `/users/${ALICE}/a.png`;

/** Every kind of request to the files host of this project, good and bad, in an order that fills the cache. */
export function goldenRequests(): GoldenRequest[] {
  const alice = cookiesOf(ALICE);
  const get = (target: string, headers: Record<string, string> = {}, more: Partial<GoldenRequest> = {}) => ({
    ...{ method: 'GET', target, headers },
    ...more,
  });
  const share = policyText(`${ORIGIN}${OWN}?share=7&v=1`);
  const named = policyText(`${ORIGIN}${OWN}?download=a%20b.txt`);
  const folder = signPolicy(folderPolicy(ALICE));
  const headerSets: Record<string, string>[] = [
    ...[{}, { Origin: 'http://localhost:3000' }, { Origin: 'https://evil.example' }],
    ...[{ Range: 'bytes=0-3' }, { Range: 'bytes=-4' }, { Range: 'bytes=90-' }, { Range: 'bytes=5-2' }],
    ...[{ 'If-None-Match': '*' }, { 'If-None-Match': '"x"' }, { 'If-Modified-Since': 'x' }],
    ...[{ 'Accept-Encoding': 'gzip, br' }, { Accept: 'text/html' }, { 'Sec-Fetch-Dest': 'script' }],
    ...[{ 'X-Forwarded-For': '1.2.3.4' }, { 'X-Edge-A': '1' }, { Authorization: 'Basic eA==' }],
  ];
  return [
    ...[OWN, IMAGE].flatMap((target) => headerSets.map((headers) => get(target, { ...alice, ...headers }))),
    ...headerSets.map((headers) => get(OWN, headers)),
    ...['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'].flatMap((method) => [
      get(OWN, alice, { method }),
      get(OWN, {}, { method }),
    ]),
    get(OWN, { ...alice, 'Content-Length': '1' }),
    ...[
      '?v=1',
      '?download=a',
      '?response-content-type=text/html',
      '?v=1&v=2',
      '?clear',
      '?',
      '?a=%zz',
    ].flatMap((query) => [get(OWN + query, alice), get(`/users/${ALICE}/${query}`, alice)]),
    ...[
      ...[{ Host: 'evil.example' }, { Host: 'localhost' }, { Host: 'LOCALHOST:8080' }],
      { Cookie: alice.Cookie, 'X-Long': 'x'.repeat(20_000) },
    ].map((headers) => get(OWN, headers)),
    get(`${OWN}?${'x'.repeat(8_200)}`, alice),
    ...otherSpellings(ALICE, BOB, 'b.txt').map((target) => get(target, alice)),
    ...traversals(ALICE, BOB, 'b.txt')
      .filter((_target, index) => index % 3 === 0)
      .map((target) => get(target, alice)),
    ...credentials(folder).map((headers) => get(OWN, headers)),
    get(`${OWN}?share=7&v=1&${asQuery(signPolicy(share))}`),
    get(`${OWN}?share=8&v=1&${asQuery(signPolicy(share))}`),
    get(`${OWN}?${asQuery(folder)}`),
    get(`${OWN}?share=7&download=a.txt`, alice),
    get(`${OWN}?download=a%20b.txt&${asQuery(signPolicy(named))}`),
    get(FOREIGN, alice),
    get('/', {}),
    get('/', alice),
    get(`/users/${ALICE}/missing.txt`, alice),
    get(`/users/${ALICE}/missing.txt`, alice),
    get(OWN, alice, { after: 4 }),
    get(OWN, alice, { after: 4 }),
    get(OWN, alice, { after: 1_000 }),
  ];
}

function credentials(good: Record<string, string>): Record<string, string>[] {
  const { Signature: _signature, ...unsigned } = good;
  const { Policy: _policy, ...withoutPolicy } = good;
  const { 'Hash-Algorithm': _hash, ...sha1 } = good;
  const policies = [
    folderPolicy(BOB),
    folderPolicy(ALICE, { DateLessThan: { 'AWS:EpochTime': NOW_EPOCH } }),
    folderPolicy(ALICE, { DateGreaterThan: { 'AWS:EpochTime': NOW_EPOCH } }),
    folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': '10.0.0.0/8' } }),
    folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': '127.0.0.1' } }),
    ...[policyText(`${ORIGIN}/*`), policyText('*'), policyText(`${ORIGIN}${OWN}`), '{}', 'x'],
  ];
  return [
    ...policies.map((policy) => asCookies(signPolicy(policy))),
    ...[unsigned, withoutPolicy, sha1].map((parameters) => asCookies(parameters)),
    asCookies({ ...good, 'Key-Pair-Id': 'KOTHER' }),
    asCookies({ ...good, Signature: 'AAAA' }),
    asCookies({ ...good, Expires: '1' }),
    { Cookie: `${asCookies(good).Cookie}; ${asCookies(good).Cookie}` },
  ];
}
