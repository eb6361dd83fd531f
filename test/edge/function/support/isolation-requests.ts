import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { EdgeRequest, ViewerRequest } from '../../../../edge/function/event.ts';
import { decide } from '../../../../edge/function/gate.ts';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../../../../edge/local/assumptions.ts';
import { cookiePairs, type Pairs, queryPairs } from '../../../../edge/local/functions/function-event.ts';
import { parsePolicy } from '../../../../edge/local/signature/policy-statement.ts';
import { createSignatureCheck } from '../../../../edge/local/signature/signature.ts';
import { readCredential, withoutSigning } from '../../../../edge/local/signature/signing-parameters.ts';
import type { ViewerRequest as RawRequest } from '../../../../edge/local/viewer/viewer-request.ts';
import {
  ALICE,
  BOB,
  cloudFrontBase64,
  ENDED_LINK_START,
  FILES_ORIGIN,
  FORMER_TEAM,
  LEFT_ENTRIES,
  LINK_START,
  NOW,
  ownerPolicy,
  policyText,
  storeOf,
  TEAM,
} from './events.ts';
import { isPassed, whyNotOwn } from './isolation.ts';
import type { Attempt } from './isolation-grammar.ts';
import { ownerOf, resolvedPath } from './isolation-readers.ts';

const KEY_PAIR_ID = 'K2JCJMDEHXQW5F';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const TRUSTED_KEYS = new Map([[KEY_PAIR_ID, createPublicKey(privateKey)]]);

export interface World {
  name: string;
  /** Makes the request that the function sees. */
  seen: (raw: RawRequest) => RawRequest;
  isSignedPath?: 'outgoing';
  assumptions: Assumptions;
  check: (raw: RawRequest) => void;
}

/** CloudFront as we assume it, and each way in which it may differ. */
export const WORLDS = [
  world('as it is assumed to be'),
  world('the function runs first', { isSignedPath: 'outgoing' }),
  world('the function sees the URI resolved', {
    seen: (raw) => ({ ...raw, rawPath: resolvedPath(raw.rawPath) }),
  }),
  world('the function sees no signing parameters', {
    seen: (raw) => ({ ...raw, rawQuery: withoutSigning(raw.rawQuery) }),
  }),
  world('the function sees no cookies', { seen: (raw) => ({ ...raw, headers: new Map() }) }),
  world('the signature is compared with the normalised path', {}, { signatureOnNormalisedUri: true }),
  world('the last of two values counts', {}, { duplicates: 'last' }),
  world('Expires counts beside Policy', {}, { policyWithExpires: 'expires' }),
];

function world(name: string, changes: Partial<World> = {}, assumed: Partial<Assumptions> = {}): World {
  const assumptions = { ...DEFAULT_ASSUMPTIONS, ...assumed };
  const check = createSignatureCheck(TRUSTED_KEYS, { now: () => NOW * 1_000, assumptions });
  return { name, seen: (raw) => raw, assumptions, check, ...changes };
}

/** @returns the fault of a request that the function passed on, and how often something passed */
export async function tryAttempt(attempt: Attempt): Promise<{ problem?: string; passed: number }> {
  const raw = rawRequest(attempt);
  let passed = 0;
  for (const world of WORLDS) {
    const { name } = world;
    const outcome = await passedIn(world, raw, LEFT_ENTRIES);
    if (!outcome) continue;
    const { result, owners } = outcome;
    for (const owner of owners) {
      passed++;
      const problem =
        whyNotMember(result.uri, attempt) ?? whyNotOwn(result.uri, owner) ?? whyNotOurQuery(result);
      if (problem) return { problem: `${name}: ${problem}`, passed };
    }
    const again = await whyNotSame(result, attempt);
    if (again) return { problem: `${name}: ${again}`, passed };
  }
  return { passed };
}

/**
 * What the function passes on, and the owners of the signed policies by which CloudFront's own check lets the request
 * in. Undefined if the function refuses.
 */
export async function passedIn(world: World, raw: RawRequest, entries: Record<string, string>) {
  const result = await decide(eventOf(world.seen(raw)), storeOf(entries), NOW);
  if (!isPassed(result)) return undefined;
  const signedPaths = world.isSignedPath ? [raw.rawPath, result.uri] : [raw.rawPath];
  return {
    result,
    owners: signedPaths.flatMap((rawPath) => ownerOfSigned({ ...raw, rawPath }, world) ?? []),
  };
}

function whyNotMember(uri: string, { signed }: Attempt): string | undefined {
  const isOver = signed === 'folder of the former team' || signed === 'folder by an ended link';
  return isOver ? `${uri} passes by a ${signed}` : undefined;
}

function rawRequest({ rawPath, rawQuery, signed, carriedBy, forged }: Attempt): RawRequest {
  const url = `${FILES_ORIGIN}${rawPath}${rawQuery === undefined ? '' : `?${rawQuery}`}`;
  const texts = {
    'folder of alice': ownerPolicy(`users/${ALICE}`),
    'folder of bob': ownerPolicy(`users/${BOB}`),
    'folder of the team': ownerPolicy(`teams/${TEAM}`),
    'folder of the former team': ownerPolicy(`teams/${FORMER_TEAM}`),
    'folder by a link': ownerPolicy(`teams/${TEAM}`, LINK_START),
    'folder by an ended link': ownerPolicy(`teams/${TEAM}`, ENDED_LINK_START),
    link: policyText(url),
    canned: policyText(url),
  };
  const values = signingValues(texts[signed], signed === 'canned');
  const own = values.map(([name, value]) => `CloudFront-${name}=${value}`);
  const cookies = carriedBy === 'cookies' ? own : [];
  if (forged) {
    const home = `CloudFront-Policy=${cloudFrontBase64(ownerPolicy(forged.owner))}`;
    if (forged.isFirst) cookies.unshift(home);
    else cookies.push(home);
  }
  const query = carriedBy === 'query' ? values.map(([name, value]) => `${name}=${value}`) : [];
  if (rawQuery !== undefined) query.unshift(rawQuery);
  return rawRequestOf(rawPath, query, cookies);
}

/** The names of the signing parameters, and their values for a policy. Cookies have `CloudFront-` in front. */
export function signingValues(policy: string, isCanned = false): string[][] {
  return [
    isCanned ? ['Expires', String(NOW + 900)] : ['Policy', cloudFrontBase64(policy)],
    ['Signature', cloudFrontBase64(sign('sha256', Buffer.from(policy), privateKey))],
    ['Key-Pair-Id', KEY_PAIR_ID],
    ['Hash-Algorithm', 'SHA256'],
  ];
}

export function rawRequestOf(rawPath: string, query: string[], cookies: string[]): RawRequest {
  return {
    id: 'isolation',
    method: 'GET',
    origin: FILES_ORIGIN,
    rawPath,
    rawQuery: query.length === 0 ? undefined : query.join('&'),
    headers: new Map([['cookie', [cookies.join('; ')]]]),
    ipAddress: '192.0.2.1',
    port: 1,
  };
}

function eventOf(seen: RawRequest): ViewerRequest {
  const valuesOf = (pairs: Pairs) => {
    const values = [...Map.groupBy(pairs, ([name]) => name)].map(([name, all]) => {
      const [first = { value: '' }, ...more] = all.map(([, value]) => ({ value }));
      return [name, { ...first, ...(more.length === 0 ? {} : { multiValue: [first, ...more] }) }];
    });
    return Object.fromEntries(values);
  };
  return {
    ...{ method: seen.method, uri: seen.rawPath, headers: {}, rawQueryString: () => seen.rawQuery },
    querystring: valuesOf(queryPairs(withoutSigning(seen.rawQuery))),
    cookies: valuesOf(cookiePairs(seen)),
  };
}

/** The owner of the signed policy that lets a request in; undefined if CloudFront's check refuses the request. */
function ownerOfSigned(raw: RawRequest, { check, assumptions }: World): string | undefined {
  try {
    check(raw);
  } catch {
    return undefined;
  }
  const { rawPolicy, url } = readCredential(raw, assumptions);
  const base64 = rawPolicy?.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  const policy = base64 === undefined ? undefined : parsePolicy(Buffer.from(base64, 'base64'));
  const resource = typeof policy === 'object' ? policy.resource : url;
  return ownerOf((resource ?? '').slice(FILES_ORIGIN.length).replace(/\?.*$/, ''));
}

const OUR_QUERY = { v: /^[A-Za-z0-9-]{1,64}$/, share: /^[1-9]\d{0,14}$/, download: /^[\w.~%-]{1,1024}$/ };

function whyNotOurQuery({ querystring, headers }: EdgeRequest): string | undefined {
  const isFile = headers['x-gateway-credential']?.value === 'file';
  for (const [name, value] of Object.entries(querystring)) {
    const pattern = Object.entries(OUR_QUERY).find(([known]) => known === name)?.[1];
    if (!pattern?.test(value?.value ?? '')) return `the query is passed on with ${name}`;
    if (name !== 'v' && !isFile) return `${name} is passed on under a folder credential`;
  }
  return undefined;
}

/** f(f(x)) = f(x) for path and query: a passed request passes once more, with a credential that opens it. */
async function whyNotSame(passed: EdgeRequest, { signed }: Attempt): Promise<string | undefined> {
  const query = Object.entries(passed.querystring)
    .map(([name, value]) => `${name}=${value?.value ?? ''}`)
    .join('&');
  const isFile = passed.headers['x-gateway-credential']?.value === 'file';
  const rawQuery = isFile ? `${query}&Expires=1&Signature=x&Key-Pair-Id=K1` : query;
  const cookies = { 'CloudFront-Policy': { value: cloudFrontBase64(ownerPolicy(ownerOf(passed.uri))) } };
  const twice = await decide(
    { ...passed, headers: {}, cookies, rawQueryString: () => rawQuery },
    storeOf(),
    NOW,
  );
  if (!isPassed(twice)) return `${passed.uri}?${rawQuery} (${signed}) does not pass once more`;
  const [before, after] = [passed, twice].map(({ uri, querystring }) => JSON.stringify({ uri, querystring }));
  return before === after ? undefined : `${before} becomes ${after}`;
}
