import { randomBytes, sign } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { generateSigningKey } from '@cloudfront-cookie-gateway/keys/key-files';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { createAsker, inWords } from './asker.ts';
import { KINDS, type Kind, type Pair, policyText, shown, spelled } from './credentials.ts';
import { type KeyValuePlace, putKey } from './key-values.ts';
import { type LabKeys, OBJECT, POLICY_HEADER } from './lab-template.ts';
import type { Seen } from './run.ts';
import type { Viewer } from './world.ts';

/** The lab's stack, on AWS or on this machine. */
export interface LabStand {
  /** The origin that viewers use. */
  origin: string;
  /** Its address, if no name resolves to it. */
  at?: { hostname: string; port: number };
  keyPairIds: Record<KeyName, string>;
  /** Some emulators have no API for it. */
  keyValues?: KeyValuePlace;
}

type KeyName = 'ec' | 'rsa';

/** The private keys as PEM, and the public ones. */
export interface LabKeyPairs extends Record<KeyName, string> {
  publicPems: LabKeys;
}

/** The lab's stack, whose functions answer with what they saw. */
export type LabWorld = ReturnType<typeof createLabWorld>;

type Hash = 'SHA1' | 'SHA256';

/** One value of an event, or several under one name. */
interface EventValue {
  value?: unknown;
  multiValue?: unknown;
}

/** The event, and what else the viewer-request function tells. */
export interface LabEvent {
  /** Its members, and those of its request. */
  names: string[];
  uri: string;
  querystring: Record<string, EventValue>;
  headers: Record<string, EventValue>;
  cookies: Record<string, EventValue>;
  /** The whole query; undefined if the URL has no question mark. */
  raw: string | undefined;
  /** The KeyValueStore's value for the key in the request. */
  value?: string;
}

/** These keys live as long as this process. */
export function newLabKeys(): LabKeyPairs {
  const [ec, rsa] = [generateSigningKey('ec'), generateSigningKey('rsa')];
  const publicPems = { ec: ec.publicPem, rsa: rsa.publicPem };
  return { ec: ec.privatePem, rsa: rsa.privatePem, publicPems };
}

const FOLDER = '/lab';

/**
 * The world of the lab, where every path leads to one object.
 * @param signal ends the requests that are under way
 */
export function createLabWorld(
  { origin, at, keyPairIds, keyValues }: LabStand,
  keys: LabKeyPairs,
  { figure, signal }: { figure: Viewer['figure']; signal: AbortSignal },
) {
  const asker = createAsker(origin, signal, at);
  const file = `${FOLDER}/x`;
  const pairsOf = (text: string, name: KeyName = 'ec', hash: Hash = 'SHA256'): Pair[] => [
    ['Policy', spelled(Buffer.from(text))],
    ['Signature', spelled(sign(hash, Buffer.from(text), keys[name]))],
    ['Key-Pair-Id', keyPairIds[name]],
    ...(hash === 'SHA256' ? [['Hash-Algorithm', hash] satisfies Pair] : []),
  ];
  /** Signs for the folder with this key and hash. */
  const signWith = (name: KeyName, hash: Hash) => pairsOf(policyText(`${origin}${FOLDER}/*`), name, hash);
  const show: Viewer['show'] = (target, pairs, kind, options = {}) => {
    const request = shown(target, pairs, kind);
    const headers = { 'x-lab': 'object', ...options.headers, ...request.headers };
    return asker.ask(request.target, { ...options, headers });
  };
  /** Asks for the object: `opens`, or the refusal in words. */
  async function open(target: string, pairs: readonly Pair[], kind: Kind = 'cookies'): Promise<string> {
    const answer = await show(target, pairs, kind);
    return answer.body.toString() === OBJECT.content ? 'opens' : inWords(answer);
  }
  /** The event that the viewer-request function saw; undefined if the function did not run. */
  async function event(target: string, pairs: readonly Pair[], kind: Kind, headers: object = {}) {
    const request = shown(target, pairs, kind);
    const answer = await asker.ask(request.target, { headers: { ...headers, ...request.headers } });
    return answer.status === 200 ? parseEvent(answer.body.toString()) : undefined;
  }
  /** The whole answer, after the viewer-request function did what `wanted` says. */
  const object = (
    wanted: 'object' | 'missing' | 'endless' | 'throw' | 'invalid' | 'forbidden' | 'replace',
    target = file,
  ) => show(target, signWith('ec', 'SHA256'), 'cookies', { headers: { 'x-lab': wanted } });
  const viewer: Viewer = {
    ...{ origin, folder: FOLDER, file, detour: `/other/..${file}` },
    // All questions together can take longer than a credential is valid.
    get credential() {
      return signWith('ec', 'SHA256');
    },
    ...{ policyHeader: POLICY_HEADER, keyValues, ownKey: 'own' },
    ...{ figure, show, ask: asker.ask, byKind: ofBothKinds },
    wait: (milliseconds) => pause(milliseconds, undefined, { signal }),
    sign: async (resource, condition) => pairsOf(policyText(resource, condition)),
    takes: async (target, pairs, kind) => (await open(target, pairs, kind)) === 'opens',
    async isHidden(kind) {
      const seen = await event(`${file}?own=1`, signWith('ec', 'SHA256'), kind);
      if (kind === 'query') return seen && !seen.raw?.includes('Policy=');
      return seen && !('CloudFront-Policy' in seen.cookies);
    },
  };
  return Object.assign(viewer, {
    signWith,
    event,
    open,
    object,
    /** Signs any text, also one that CloudFront does not accept as a policy. */
    signText: (text: string) => pairsOf(text),
    close: asker.close,
  });
}

/** Compares what is seen by cookies with what is seen by parameters. */
async function ofBothKinds(look: (kind: Kind) => Promise<Seen | undefined>): Promise<Seen | undefined> {
  const [cookies, query] = [await look(KINDS[0]), await look(KINDS[1])];
  return cookies === query ? cookies : `of cookies ${cookies}, of parameters ${query}`;
}

/** The report of the viewer-response function. */
export async function sawAtResponse({ object }: LabWorld): Promise<Record<string, unknown>> {
  const { headers } = await object('object', `${FOLDER}/sent?sent=1`);
  return parseRecord(String(headers['x-lab-saw'] ?? '{}'));
}

/** Writes a key, and asks the function for it until the function sees it. */
export async function keySeen(lab: LabWorld): Promise<Seen | undefined> {
  const { credential, event, figure, file, keyValues, wait } = lab;
  if (!keyValues) return undefined;
  const value = randomBytes(8).toString('hex');
  const began = Date.now();
  await putKey(keyValues, 'seen', value);
  for (;;) {
    const seen = await event(file, credential, 'cookies', { 'x-lab': 'key seen' });
    const ms = Date.now() - began;
    if (seen?.value === value) {
      figure('a key was seen by the function after', `${ms} ms`);
      return ms <= 60_000;
    }
    if (ms > 300_000) return false;
    await wait(200);
  }
}

/** @throws Error if it is not what the viewer-request function writes */
function parseEvent(json: string): LabEvent {
  const { event, raw, value } = parseRecord(json);
  const { request, ...around } = isRecord(event) ? event : {};
  const members = isRecord(request) ? request : {};
  const named = (name: string) =>
    Object.fromEntries(
      Object.entries(isRecord(members[name]) ? members[name] : {}).flatMap(([key, one]) =>
        isRecord(one) ? [[key, one]] : [],
      ),
    );
  return {
    names: [...Object.keys(around), ...Object.keys(members)].toSorted(),
    uri: String(members['uri'] ?? ''),
    querystring: named('querystring'),
    headers: named('headers'),
    cookies: named('cookies'),
    raw: raw === undefined ? undefined : String(raw),
    ...(value === undefined ? {} : { value: String(value) }),
  };
}

/** @throws Error if it is not the JSON that the lab's functions write */
function parseRecord(json: string): Record<string, unknown> {
  const value: unknown = JSON.parse(json);
  if (!isRecord(value)) throw new Error('the lab: a function answers with something else');
  return value;
}
