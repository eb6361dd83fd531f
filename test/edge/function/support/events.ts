import { formatEntry } from '../../../../core/entry-format.ts';
import type { EdgeFunctionValues } from '../../../../edge/function/build.ts';
import type { EdgeValue, KeyValueStore, ViewerRequest } from '../../../../edge/function/event.ts';

export const APP_ORIGIN = 'https://app.example.com';
export const FILES_ORIGIN = 'https://files.app.example.com';
export const VALUES: EdgeFunctionValues = {
  appOrigin: APP_ORIGIN,
  filesOrigin: FILES_ORIGIN,
  cookieLifetimeSeconds: 900,
};

/** Puts the values of a stack into the sources, as the build does. */
export function setValues({ edgeCredential, browserCache, ...values }: EdgeFunctionValues) {
  Object.assign(globalThis, {
    APP_ORIGIN: values.appOrigin,
    FILES_ORIGIN: values.filesOrigin,
    COOKIE_LIFETIME_SECONDS: values.cookieLifetimeSeconds,
    BROWSER_CACHE: browserCache ?? 'immutable',
    EDGE_CREDENTIAL: edgeCredential ?? 'read',
  });
}
setValues(VALUES);

/** The value `edgeCredential` of the stack, for the sources. */
export function setEdgeCredential(edgeCredential: 'read' | 'trusted'): void {
  setValues({ ...VALUES, edgeCredential });
}

export const ALICE = 'abcdefghijklmnopqrstuvwxyz';
export const BOB = 'bobbbbbbbbbbbbbbbbbbbbbbbb';
export const TEAM = 'teamteamteamteamteamteam23';

/** Epoch seconds. */
export const NOW = 1_795_600_000;
export const START = NOW - 3_600;
/** The number of the user that a team start belongs to. */
export const NUMBER = 77;
export const TEAM_START = 1_000_000_000 + 512 * NUMBER + 3;
/** A team that the user with this number has left. */
export const FORMER_TEAM = 'leftleftleftleftleftleft23';
/** The number of the links to the team. No user has it. */
export const LINK_NUMBER = 78;
export const LINK_START = 1_000_000_000 + 512 * LINK_NUMBER;
/** Of a link to the team that was ended. */
export const ENDED_LINK_START = LINK_START + 1;
/** What the edge's store holds then: no start of the user's number opens that team, and no start of the ended link. */
export const LEFT_ENTRIES = {
  [`.${LINK_NUMBER}`]: formatEntry({
    sessionFloor: 0,
    sessions: [ENDED_LINK_START],
    shareFloor: 0,
    shares: [],
  }),
  [`${FORMER_TEAM}.${NUMBER}`]: formatEntry({
    sessionFloor: 1_000_000_000 + 512 * NUMBER + 511,
    sessions: [],
    shareFloor: 0,
    shares: [],
  }),
};

/** CloudFront's base64: `-` for `+`, `_` for `=`, `~` for `/`. */
export function cloudFrontBase64(text: string | Buffer): string {
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

export function policyText(resource: string, condition: object = {}): string {
  return JSON.stringify({
    Statement: [
      {
        Resource: resource,
        Condition: {
          DateLessThan: { 'AWS:EpochTime': NOW + 900 },
          ...condition,
        },
      },
    ],
  });
}

export function folderPolicy(id: string, start: unknown = START): string {
  return policyText(`${FILES_ORIGIN}/users/${id}/*`, { DateGreaterThan: { 'AWS:EpochTime': start } });
}

/** @param owner `users/<id>` or `teams/<tid>` */
export function ownerPolicy(owner: string, start = owner.startsWith('teams/') ? TEAM_START : START): string {
  return policyText(`${FILES_ORIGIN}/${owner}/*`, { DateGreaterThan: { 'AWS:EpochTime': start } });
}

/** The cookies of a policy. The functions cannot know whether the signature is good. */
export function cookiesOf(policy: string): Record<string, EdgeValue> {
  return {
    'CloudFront-Policy': { value: cloudFrontBase64(policy) },
    'CloudFront-Signature': { value: 'MEUCIQDx_' },
    'CloudFront-Key-Pair-Id': { value: 'K2JCJMDEHXQW5F' },
    'CloudFront-Hash-Algorithm': { value: 'SHA256' },
  };
}

export function signedQuery(policy: string): string {
  return `Policy=${cloudFrontBase64(policy)}&Signature=MEUCIQDx_&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256`;
}

/** A viewer request as CloudFront shows it to a function. It holds no function, so it can be sent as JSON. */
export interface PlainRequest {
  method: string;
  uri: string;
  querystring: Record<string, EdgeValue>;
  headers: Record<string, EdgeValue>;
  cookies: Record<string, EdgeValue>;
  rawQuery?: string;
}

export function plainRequest(uri: string, changes: Partial<PlainRequest> = {}): PlainRequest {
  const querystring: Record<string, EdgeValue> = {};
  for (const part of changes.rawQuery?.split('&') ?? []) {
    const [name = '', ...rest] = part.split('=');
    if (!/^(?:Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)?$/.test(name)) {
      querystring[name] ??= { value: rest.join('=') };
    }
  }
  return {
    method: 'GET',
    uri,
    querystring,
    headers: {},
    cookies: cookiesOf(folderPolicy(ALICE)),
    ...changes,
  };
}

/** The request as a function gets it. It is a copy, since functions change their argument. */
export function viewerRequest({ rawQuery, ...plain }: PlainRequest): ViewerRequest {
  return { ...structuredClone(plain), rawQueryString: () => rawQuery };
}

export function storeOf(entries: Record<string, string> = {}): KeyValueStore {
  return {
    exists: async (key) => Object.hasOwn(entries, key),
    get: async (key) => {
      const value = entries[key];
      if (value === undefined) throw new Error('KeyNotFound');
      return value;
    },
  };
}

/** Runs `work` with the clock at NOW, because the viewer-response function reads the clock itself. */
export function atNow<T>(work: () => T): T {
  const { now } = Date;
  Date.now = () => NOW * 1_000;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}
