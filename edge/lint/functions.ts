import { chooseBehavior } from '@cloudfront-cookie-gateway/local-cloudfront/behavior';
import { createEdgeFunctions } from '@cloudfront-cookie-gateway/local-cloudfront/functions/edge-functions';
import type { EdgeFunctionSource } from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import type { HeaderFields } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/answer';
import type { ViewerRequest } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/viewer-request';
import { corsFinding } from './cors.ts';
import type { Finding } from './finding.ts';
import { type Behavior, type Distribution, functionsOf, type Stack } from './stack.ts';

const UP = `.. %2e%2e .%2e %2e. %2E%2E ..; %252e%252e %c0%ae%c0%ae ..%00 ..%09 %u002e%u002e
  %ef%bc%8e%ef%bc%8e .%00. ... ....`.split(/\s+/);
const SLASH = ['/', '%2f', '%2F', '%5c', '\\', '//', '/./', '%252f', '%c0%af', '/;/', '%00/'];

/** Tries each function of a signed behavior with requests of a person who wants another person's files. */
export async function functionFindings(stack: Stack): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const distribution of stack.distributions) {
    for (const behavior of distribution.behaviors) {
      const { viewerRequest, viewerResponse } = functionsOf(stack, behavior);
      if (viewerRequest && behavior.isSigned)
        found.push(...(await crossing(stack, behavior, distribution, viewerRequest)));
      if (viewerResponse) found.push(...(await openCors(stack, distribution, viewerResponse)));
    }
  }
  return found;
}

async function crossing(
  { unseen }: Stack,
  behavior: Behavior,
  { behaviors, host }: Distribution,
  source: EdgeFunctionSource,
): Promise<Finding[]> {
  const { distribution: resource, property, pathPattern } = behavior;
  const trial = createTrial(source, host);
  // Another rule says that the code cannot be loaded.
  if (!trial) return [];
  const tries = attacks(pathPattern, source.code).filter(
    ({ asked }) => chooseBehavior(behaviors, asked.rawPath) === behavior,
  );
  for (let at = 0; tries[at]; at += AT_ONCE) {
    const crossed = await Promise.all(
      tries.slice(at, at + AT_ONCE).map(async ({ asked, foreign }) => {
        const uri = await trial.uriOf(asked);
        // S3 decodes once, and resolves nothing.
        return uri !== undefined && foreign.some((one) => decoded(uri).startsWith(one))
          ? [{ asked, uri }]
          : [];
      }),
    );
    for (const { asked, uri } of crossed.flat()) {
      return [
        {
          rule: 'function-crosses-prefix',
          level: 'error',
          resource,
          property: `${property}.FunctionAssociations`,
          problem: `Function ${source.name} turns ${shown(asked)}, for which a policy of ${asked.folder}* is enough, into ${uri}.`,
          do: 'Refuse such a path, or take the signed folder over byte for byte and normalise only what is behind it.',
        },
      ];
    }
  }
  if (trial.isBroken()) unseen.add(`Function ${source.name}: it fails for every request`);
  return [];
}

/** The number of calls that begin together. They share one turn. Calls one after the other would cost one turn each. */
const AT_ONCE = 20;

/**
 * Values that functions use as ids: those of the person with the cookies, and those of the person whose files are
 * wanted.
 */
const IDS = [
  ['a'.repeat(26), 'b'.repeat(26)],
  ['1', '2'],
  ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'],
] as const;

/** Whose folders they are. Functions may treat the folders of teams in another way than those of users. */
const KINDS = ['', 'users/', 'teams/'];

/** @returns each request, with the folders of the other person: none of them may be in the path that is handed on */
function attacks(pathPattern: string, code: string): { asked: Asked; foreign: string[] }[] {
  const literal = `/${pathPattern.replace(/^\//, '')}`;
  const beginning = literal.replace(/[*?].*/, '');
  const base = beginning.slice(0, beginning.lastIndexOf('/') + 1);
  const ending = literal.slice(literal.lastIndexOf('/') + 1);
  const file = ending === '*' ? 'a.jpg' : ending.replaceAll(/[*?]/g, 'a');
  return KINDS.flatMap((kind) =>
    IDS.flatMap(([ownId, foreignId]) => {
      const own = `${base}${kind}${ownId}`;
      const foreign = KINDS.map((one) => `${base}${one}${foreignId}/`);
      const upper = `${base}${kind}${foreignId.toUpperCase()}/`;
      const asked: Asked[] = [
        // These come first: a function may fail for each request without the header that it reads.
        ...namedInputs(`${own}/`, file, [foreignId, ...foreign, ...foreign.map((one) => one + file)], code),
        ...UP.flatMap((up) =>
          SLASH.map((slash) => ({
            folder: `${own}/`,
            rawPath: `${own}${slash}${up}${slash}${foreignId}/${file}`,
          })),
        ),
        ...(foreign.includes(upper) ? [] : [{ folder: upper, rawPath: `${upper}${file}` }]),
      ];
      return asked.map((one) => ({ asked: one, foreign }));
    }),
  );
}

/** The values that a viewer may send in the places that the code names. */
function namedInputs(folder: string, file: string, values: string[], code: string): Asked[] {
  const asked = { folder, rawPath: `${folder}${file}` };
  const places = [...code.matchAll(/\b(querystring|headers|cookies)(?:\.|\[\s*['"])([\w-]+)/g)];
  return values.flatMap((value) =>
    places.map(([, place, name = '']): Asked => {
      if (place === 'querystring') return { ...asked, rawQuery: `${name}=${value}` };
      return place === 'headers'
        ? { ...asked, headers: { [name]: value } }
        : { ...asked, cookies: { [name]: value } };
    }),
  );
}

function shown({ rawPath, rawQuery, headers = {}, cookies = {} }: Asked): string {
  const inputs = Object.entries({ ...headers, ...cookies }).map(([name, value]) => ` with ${name}: ${value}`);
  return `${rawPath}${rawQuery === undefined ? '' : `?${rawQuery}`}${inputs.join('')}`;
}

/** Whether the function lets any page read an answer. */
async function openCors(
  { unseen }: Stack,
  { host }: Distribution,
  source: EdgeFunctionSource,
): Promise<Finding[]> {
  const origin = 'https://lint.example';
  try {
    const functions = createEdgeFunctions({
      id: 'EDFDVBD6EXAMPLE',
      functions: { viewerResponse: source },
      keyValueStores: {},
      now: Date.now,
    });
    const viewer = viewerOf({ rawPath: '/1/a.jpg', folder: '/1/', headers: { origin } }, host);
    const plain = {
      status: 200,
      headers: new Map([['content-type', ['image/jpeg']]]),
      body: Buffer.alloc(0),
    };
    const { headers } = await functions.onResponse(viewer, plain);
    const [allowed = ''] = headers.get('access-control-allow-origin') ?? [];
    const isOpen = headers.get('access-control-allow-credentials')?.[0] === 'true';
    return isOpen && ['*', origin].includes(allowed) ? [corsFinding(source.name, 'FunctionCode')] : [];
  } catch {
    unseen.add(`Function ${source.name}: it fails for a plain answer`);
    return [];
  }
}

export interface Asked {
  rawPath: string;
  /** The folder that the asking person's policy opens. */
  folder: string;
  rawQuery?: string;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
}

export interface Trial {
  /** The URI that the function hands on. Undefined if it refuses, fails, or answers by itself. */
  uriOf(asked: Asked): Promise<string | undefined>;
  /** True if every request has failed, and there were enough of them. The function then gets no more requests. */
  isBroken(): boolean;
}

/**
 * The number of failures that is enough, if nothing succeeds. A function that runs into its time limit takes half a
 * second for each.
 */
const MAX_FAILURES = 20;

/** @returns undefined if the code cannot be loaded */
export function createTrial(source: EdgeFunctionSource | undefined, host: string): Trial | undefined {
  if (!source) return { uriOf: ({ rawPath }) => Promise.resolve(rawPath), isBroken: () => false };
  let failures = 0;
  let ends = 0;
  const isBroken = () => failures >= MAX_FAILURES && ends === 0;
  try {
    const functions = createEdgeFunctions({
      id: 'EDFDVBD6EXAMPLE',
      functions: { viewerRequest: source },
      keyValueStores: {},
      now: Date.now,
    });
    return {
      isBroken,
      async uriOf(asked) {
        if (isBroken()) return undefined;
        try {
          const passed = await functions.onRequest(viewerOf(asked, host));
          ends++;
          return 'answer' in passed || passed.originChange ? undefined : passed.uri;
        } catch {
          failures++;
          return undefined;
        }
      },
    };
  } catch {
    return undefined;
  }
}

function viewerOf(
  { rawPath, folder, rawQuery, headers = {}, cookies = {} }: Asked,
  host: string,
): ViewerRequest {
  const fields: HeaderFields = new Map(
    Object.entries({ host, ...headers }).map(([name, value]) => [name, [value]]),
  );
  const cookie = Object.entries({ ...signedCookies(host, folder), ...cookies })
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  fields.set('cookie', [cookie]);
  return {
    id: 'lint',
    method: 'GET',
    origin: `https://${host}`,
    rawPath,
    rawQuery,
    headers: fields,
    ipAddress: '192.0.2.1',
    port: 50_000,
  };
}

/**
 * The cookies of a policy for the folder of the person who asks. The signature is made up: CloudFront has checked it
 * before a function runs.
 */
function signedCookies(host: string, folder: string): Record<string, string> {
  const now = Math.floor(Date.now() / 1_000);
  const times = {
    DateLessThan: { 'AWS:EpochTime': now + 900 },
    DateGreaterThan: { 'AWS:EpochTime': now - 900 },
  };
  const policy = { Statement: [{ Resource: `https://${host}${folder}*`, Condition: times }] };
  return {
    'CloudFront-Policy': spelled(JSON.stringify(policy)),
    'CloudFront-Signature': spelled('of a trial'),
    'CloudFront-Key-Pair-Id': 'K2JCJMDEHXQW5F',
  };
}

function spelled(text: string): string {
  const base64 = Buffer.from(text).toString('base64');
  return base64.replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

/** Decodes once, as S3 does. */
export function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
