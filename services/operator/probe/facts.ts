import { NOTHING_REVOKED } from '@cloudfront-cookie-gateway/core/entry-format';
import { teamStart } from '@cloudfront-cookie-gateway/core/team-start';
import {
  type AssumptionName,
  DEFAULT_ASSUMPTIONS,
  isAssumptionName,
} from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { askWithCurl, type CurlVersion, curlHindrance, inWords, outcomeOf } from './asker.ts';
import {
  dates,
  type Kind,
  ofEachName,
  type Pair,
  policyText,
  replaced,
  secondsFromNow,
  shown,
  spelled,
  withBadSignature,
  without,
} from './credentials.ts';
import { askAppHost, isolation, logout, replacedInTime, scanFirst, staleShare } from './deployment.ts';
import { AT_MOST, highestUtilization } from './edge-functions.ts';
import { deleteMissingKey, writeAtOnce } from './key-values.ts';
import { keySeen, type LabWorld, sawAtResponse } from './lab-world.ts';
import type { Question, Seen } from './run.ts';
import { eitherWay, type Operator, type Viewer, type World } from './world.ts';

type Ask<W> = (world: W) => Promise<Seen | undefined>;

/** Where a fact can be asked, and how. `everywhere` asks both a deployment and the lab. */
interface Asks {
  /** The numbers of the facts in `edge/local/CONFORMANCE.md` that the answer shows. */
  fact: string;
  everywhere?: Ask<Viewer>;
  /** In the lab the functions tell what they see. */
  lab?: Ask<LabWorld>;
  /** In a deployment only the functions of this project are there. They may hide the answer. */
  deployment?: Ask<World>;
}

/** A fact of CloudFront, or of what stands around it: what is believed, and how it is asked. */
export interface FactQuestion extends Omit<Question<never>, 'ask'>, Asks {
  /** The part that the local stack does not have. */
  needs?: string;
  /** The reason why a deployment cannot be asked from here, in words. */
  hindrance?(operator: Operator): Promise<string | undefined>;
}

const HIDDEN = 'set `edgeCredential` to `trusted`, and report it';

/** For each switch of the local CloudFront, how to see its value. */
const SWITCHES: Record<AssumptionName, Asks & { otherwise?: string }> = {
  functionBeforeSignature: {
    fact: '4.3',
    async everywhere({ ask, folder }) {
      const { by, code } = outcomeOf(await ask(`${folder}/`));
      if (by === 'function') return true;
      return code === 'MissingKey' ? false : undefined;
    },
  },
  normalisedUri: {
    fact: '6.6',
    async lab({ credential, event, folder }) {
      const sent = `${folder}/x/..//%62`;
      const uri = (await event(sent, credential, 'cookies'))?.uri;
      if (uri === sent) return false;
      return uri === `${folder}/b` ? true : uri;
    },
    // The function checks the path before anything else.
    async deployment({ credential, folder, show }) {
      const { by, code } = outcomeOf(await show(`${folder}/x/../a.txt`, credential, 'cookies'));
      if (by === 'function') return code !== 'bad_path';
      return by === 'cloudfront' ? undefined : true;
    },
  },
  signatureOnNormalisedUri: {
    fact: '3.10',
    async everywhere({ credential, detour, folder, origin, sign, takes }) {
      const seen = await takes(detour, credential);
      if (seen !== undefined) return seen;
      // If the function runs first and sees the path as it was sent, it lets this path pass.
      const path = `${folder}//a.txt`;
      const asSent = await takes(path, await sign(origin + path));
      return asSent === undefined ? undefined : !asSent;
    },
  },
  signingParametersHidden: {
    fact: '6.13',
    otherwise: HIDDEN,
    everywhere: ({ isHidden }) => isHidden('query'),
  },
  signingCookiesHidden: {
    fact: '6.7',
    otherwise: HIDDEN,
    everywhere: ({ isHidden }) => isHidden('cookies'),
  },
  viewerResponseSees: {
    fact: '6.11',
    async lab(lab) {
      const { uri, query, header } = await sawAtResponse(lab);
      const seen = [uri, query, header].join(' ');
      if (seen === `${lab.folder}/sent sent viewer`) return 'viewer';
      return seen === '/object.txt rewritten rewritten' ? 'rewritten' : seen;
    },
    async deployment(world) {
      const { file, isHidden, origin, show, sign } = world;
      // The viewer-request function drops this name. Without the name, the file is shown and not downloaded.
      const target = `${file}?download=a+b`;
      const signed = await sign(origin + target);
      return await eitherWay(async (kind) => {
        // If it sees no credential, the viewer-request function changes nothing.
        if (await isHidden(kind)) return undefined;
        const { status, headers } = await show(target, signed, kind);
        if (status !== 200) return undefined;
        return headers['content-disposition'] === undefined ? 'rewritten' : 'viewer';
      });
    },
  },
  duplicates: {
    fact: '1.19',
    everywhere: ({ byKind, credential, file, takes }) =>
      byKind((kind) =>
        ofEachName(credential, async (goodFirst, badFirst) => {
          const isFirst = await takes(file, goodFirst, kind);
          return oneOf('first', isFirst, 'last', await takes(file, badFirst, kind));
        }),
      ),
  },
  fittingSet: {
    fact: '1.24',
    async everywhere({ credential, figure, file, origin, sign, takes }) {
      const over = { 'AWS:EpochTime': secondsFromNow(-60) };
      // A browser sends the cookies of the longer path first. Those of equal paths come in the order of their making.
      const others = {
        nested: await sign(`${origin}/another/*`),
        equal: await sign(`${origin}${file}*`, { ...dates(), DateLessThan: over }),
      };
      const seen: Seen[] = [];
      for (const [paths, other] of Object.entries(others)) {
        const isFirst = await takes(file, [...credential, ...other], 'cookies');
        const isLast = await takes(file, [...other, ...credential], 'cookies');
        const which = oneOf('first', isFirst, 'last', isLast);
        if (which === undefined) return undefined;
        figure('fittingSet', `of two sets of cookies for ${paths} paths, ${which} counts`);
        seen.push(which === 'neither' ? which : which === 'either');
      }
      const [nested, equal] = seen;
      return nested === equal ? nested : seen.join(' for nested paths, for equal paths ');
    },
  },
  policyWithExpires: {
    fact: '1.22',
    async everywhere({ byKind, credential, file, origin, sign, takes }) {
      const expires = secondsFromNow(900);
      const canned = await sign(origin + file, { DateLessThan: { 'AWS:EpochTime': expires } });
      const own = credential.filter(([name]) => name === 'Policy');
      return await byKind(async (kind) => {
        const both = (pairs: readonly Pair[]) =>
          takes(file, replaced(pairs, 'Expires', String(expires)), kind);
        const isPolicy = await both(credential);
        return oneOf('policy', isPolicy, 'expires', await both([...own, ...without(canned, 'Policy')]));
      });
    },
  },
  caseIgnored: {
    fact: '1.23',
    async everywhere({ credential, file, folder, origin, sign, takes }) {
      const marker = credential.find(([name]) => name === 'Hash-Algorithm')?.[1] ?? 'SHA1';
      const hash = await takes(file, replaced(credential, 'Hash-Algorithm', marker.toLowerCase()));
      const upper = origin.replace(/:\/\/.*/, (host) => host.toUpperCase());
      const host = await takes(file, await sign(`${upper}${folder}/*`));
      if (hash === undefined || host === undefined || hash === host) return hash ?? host;
      return hash ? 'of the hash alone' : 'of the host alone';
    },
  },
  partialProtocol: {
    fact: '3.8',
    everywhere: async ({ file, folder, origin, sign, takes }) =>
      takes(file, await sign(`${origin.replace(/https?:/, 'http*:')}${folder}/*`)),
  },
  addressWithoutMask: {
    fact: '2.5',
    async everywhere({ byKind, file, folder, origin, show, sign }) {
      const condition = { ...dates(), IpAddress: { 'AWS:SourceIp': '192.0.2.1' } };
      const pairs = await sign(`${origin}${folder}/*`, condition);
      return await byKind(async (kind) => {
        const { by, code } = outcomeOf(await show(file, pairs, kind));
        if (by === 'file') return 'not looked at';
        return by === 'cloudfront' ? code !== 'MalformedPolicy' : undefined;
      });
    },
  },
  responseHeadersPolicyFirst: {
    fact: '6.23',
    lab: async (lab) => (await sawAtResponse(lab))['policy'] === true,
    // The functions of this project give the same answer in both orders.
    deployment: async () => undefined,
  },
  responseHeadersPolicyOnRefusals: {
    fact: '6.24',
    everywhere: ({ byKind, credential, file, policyHeader, show }) =>
      byKind(async (kind) => {
        const refused = await show(file, withBadSignature(credential), kind);
        return outcomeOf(refused).by === 'cloudfront' ? policyHeader in refused.headers : undefined;
      }),
  },
};

/** Says which of two CloudFront takes. */
function oneOf(one: string, isOne: boolean | undefined, other: string, isOther: boolean | undefined) {
  if (isOne === undefined || isOther === undefined) return undefined;
  if (isOne === isOther) return isOne ? 'either' : 'neither';
  return isOne ? one : other;
}

function question(
  name: string,
  assumed: Seen,
  fact: string,
  how: Omit<FactQuestion, 'name' | 'assumed' | 'fact'>,
): FactQuestion {
  return { name, assumed, fact, ...how };
}

/** The questions about parts that the local stack does not have. */
const OF_AWS: readonly FactQuestion[] = [
  question('functionUtilization', AT_MOST, '6.2', {
    otherwise: 'report it: functions above 70 may be throttled',
    needs: 'test-function of CloudFront',
    hindrance: async ({ deployedFunction }) =>
      deployedFunction ? undefined : 'it needs the name of the stack: add --values, or set STACK_NAME',
    deployment: async (world) =>
      world.operator.deployedFunction && (await highestUtilization(world, world.operator.deployedFunction)),
  }),
  ...(['http2', 'http3'] as const).map(staleShareOver),
  question('scanBeforeServed', '403 AccessDenied, then served', '10.10', {
    otherwise: 'stop: files are served before their scan, or never; report it',
    needs: 'GuardDuty (the value scan)',
    maxSeconds: 660,
    hindrance: async ({ isScanned }) => (isScanned ? undefined : 'files are not scanned there'),
    deployment: scanFirst,
  }),
  question('apiGatewayOddPath', '404', '10.6', {
    needs: 'API Gateway',
    deployment: (world) => askAppHost(world, '/api/%2e%2e%2F%3f%23%c3%a9//x?a=1,2&a=3'),
  }),
  question('apiGatewayHeaders8k', '200', '10.7', {
    needs: 'API Gateway',
    deployment: (world) => askAppHost(world, '/livez', { 'x-probe': 'a'.repeat(8_000) }),
  }),
  question('apiGatewayHeaders12k', '431', '10.7', {
    needs: 'API Gateway',
    deployment: (world) => askAppHost(world, '/livez', { 'x-probe': 'a'.repeat(12_000) }),
  }),
];

function staleShareOver(version: CurlVersion): FactQuestion {
  return question(version === 'http2' ? 'staleShareHttp2' : 'staleShareHttp3', '410, 0 bytes', '10.8', {
    needs: `HTTP/${version.slice(-1)} at the edge (${version})`,
    hindrance: () => curlHindrance(version),
    deployment: (world) => staleShare(world, (request) => askWithCurl(version, world.origin, request, world)),
  });
}

/** Three headers of a request, each with a value of this many bytes. */
function threeOf(bytes: number): Record<string, string> {
  return Object.fromEntries([1, 2, 3].map((n) => [`x-probe-${n}`, 'a'.repeat(bytes)]));
}

function inLab(name: string, assumed: Seen, fact: string, lab: Ask<LabWorld>): FactQuestion {
  return question(name, assumed, fact, { lab });
}

/** Whether the lab's file opens with each credential, in this order. */
function opens(
  name: string,
  assumed: string,
  fact: string,
  sign: (lab: LabWorld) => Tried[] | Promise<Tried[]>,
): FactQuestion {
  return inLab(name, assumed, fact, async (lab) => {
    const seen: string[] = [];
    for (const { pairs, target = lab.file, kind } of await sign(lab))
      seen.push(await lab.open(target, pairs, kind));
    return seen.join(', ');
  });
}

interface Tried {
  pairs: readonly Pair[];
  target?: string;
  kind?: Kind;
}

/** Whether a policy for a path of Resource opens a path of a URL: one pair for each outcome. */
function matches(
  name: string,
  assumed: string,
  fact: string,
  paths: readonly [resource: string, target: string][],
): FactQuestion {
  return opens(name, assumed, fact, ({ origin, sign }) =>
    Promise.all(paths.map(async ([path, target]) => ({ target, pairs: await sign(origin + path) }))),
  );
}

/** Whether the lab's file opens under each condition beside the dates, or in the place of all conditions. */
function under(name: string, assumed: string, fact: string, conditions: () => object[]): FactQuestion {
  return opens(name, assumed, fact, ({ folder, origin, sign }) =>
    Promise.all(
      conditions().map(async (condition) => ({ pairs: await sign(`${origin}${folder}/*`, condition) })),
    ),
  );
}

const REFUSED = '403 AccessDenied';
const at = (seconds: number) => ({ 'AWS:EpochTime': seconds });

/**
 * The refusal of a credential that lacks a parameter, or has another value in it.
 * @param said CloudFront's code and message
 */
function refusal(
  name: string,
  said: string,
  fact: string,
  [parameter, value]: [name: string, value?: string],
): FactQuestion {
  return inLab(name, `403 ${said}`, fact, async ({ credential, file, show }) => {
    const rest = without(credential, parameter);
    const pairs: Pair[] = value === undefined ? rest : [...rest, [parameter, value]];
    const { status, body } = await show(file, pairs, 'cookies');
    const [, code, message] = /<Code>(.*)<\/Code><Message>(.*)<\/Message>/.exec(body.toString()) ?? [];
    return `${status} ${code}: ${message}`;
  });
}

/** Whether a path belongs to the behavior that needs no signature, `/open/*`. */
function pattern(name: string, assumed: boolean, target: string): FactQuestion {
  return inLab(name, assumed, '4.1', async ({ open }) => (await open(target, [])) === 'opens');
}

/** @returns pairs of a canned policy for a Resource, which CloudFront builds again from the URL */
async function canned({ origin, sign }: LabWorld, path: string): Promise<Pair[]> {
  const expires = secondsFromNow(900);
  const pairs = await sign(origin + path, { DateLessThan: at(expires) });
  return replaced(without(pairs, 'Policy'), 'Expires', String(expires));
}

/** The path that the lab's function sees. Hex digits count as equal in upper and lower case. */
async function spelledInEvent({ credential, event, folder }: LabWorld, name: string) {
  const target = `${folder}/${name}`;
  const uri = (await event(target, credential, 'cookies'))?.uri.toLowerCase();
  return uri === target ? 'as it was sent' : uri;
}

/** Whether the function of this project sees a path that it refuses. */
async function refusedAsSent({ credential, folder, show }: World, name: string, otherwise: string) {
  const answer = await show(`${folder}/${name}`, credential, 'cookies');
  return outcomeOf(answer).code === 'bad_path' ? 'as it was sent' : `${otherwise}: ${inWords(answer)}`;
}

/** The questions that no switch stands for. Each answer is the same under every switch, or hidden. */
const FURTHER: readonly FactQuestion[] = [
  question('isolation', 'refused', '4.7', {
    deployment: isolation,
  }),
  ...['OPTIONS', 'POST', 'PUT', 'DELETE'].map((method) =>
    question(`method${method}`, '403', '5.9', {
      everywhere: async ({ ask, file }) => inWords(await ask(file, { method })),
    }),
  ),
  question('getWithBody', '403', '5.12', {
    everywhere: async ({ ask, file }) => inWords(await ask(file, { body: 'body' })),
  }),
  question('latin1Path', 'as it was sent', '6.10', {
    lab: (lab) => spelledInEvent(lab, 'x%e9'),
    // The function refuses bytes that are not UTF-8. AWS says that CloudFront converts them.
    deployment: (world) => refusedAsSent(world, '%e9.txt', 'converted'),
  }),
  question('encodedSlash', 'as it was sent', '6.6', {
    lab: (lab) => spelledInEvent(lab, 'x%2fy'),
    deployment: (world) => refusedAsSent(world, 'x%2Fa.txt', 'decoded'),
  }),
  question('longUrl', '414', '1.15', {
    everywhere: async ({ ask }) => inWords(await ask(`/${'a'.repeat(8_300)}`)),
  }),
  question('largeRequest', '413', '1.15', {
    everywhere: async ({ ask, file }) => inWords(await ask(file, { headers: threeOf(7_000) })),
  }),
  question('urlBelowLimit', 'opens', '1.15', {
    lab: async ({ credential, file, open }) => open(`${file}?own=${'a'.repeat(8_000)}`, credential),
  }),
  question('requestBelowLimit', 'opens', '1.15', {
    async lab({ credential, file, show }) {
      const answer = await show(file, credential, 'cookies', { headers: threeOf(6_200) });
      return answer.status === 200 ? 'opens' : inWords(answer);
    },
  }),
  opens('p256WithSha256', 'opens', '1.2 1.6 1.7', ({ credential }) => [{ pairs: credential }]),
  opens('p256WithSha1', 'opens', '1.8', ({ signWith }) => [{ pairs: signWith('ec', 'SHA1') }]),
  opens('rsaWithSha1', 'opens', '1.2 1.6 1.7', ({ signWith }) => [{ pairs: signWith('rsa', 'SHA1') }]),
  opens('rsaWithSha256', 'opens', '1.2 1.7', ({ signWith }) => [{ pairs: signWith('rsa', 'SHA256') }]),
  opens('withoutMarker', `${REFUSED}, ${REFUSED}`, '1.2', ({ signWith }) =>
    (['ec', 'rsa'] as const).map((key) => ({ pairs: without(signWith(key, 'SHA256'), 'Hash-Algorithm') })),
  ),
  opens('customPolicy', 'opens, opens, 403 MissingKey', '1.1', ({ credential: pairs }) => [
    { pairs },
    { pairs, kind: 'query' },
    { pairs: [] },
  ]),
  inLab('cookieNamesInLowerCase', '403 MissingKey', '1.3', async ({ ask, credential, file }) => {
    const { headers } = shown(file, credential, 'cookies');
    const cookie = headers.cookie?.replaceAll('CloudFront-', 'cloudfront-');
    return inWords(await ask(file, { headers: { 'x-lab': 'object', cookie } }));
  }),
  opens('cannedPolicy', 'opens, opens', '1.4', async (lab) => {
    const pairs = await canned(lab, lab.file);
    return [{ pairs }, { pairs, kind: 'query' }];
  }),
  opens('cannedForOthers', `${REFUSED}, ${REFUSED}`, '1.5', async (lab) => [
    { pairs: await canned(lab, `${lab.folder}/*`) },
    { pairs: await canned(lab, lab.file), target: `${lab.folder}/y` },
  ]),
  opens('base64url', '403 MalformedSignature', '1.10', ({ credential }) => [
    { pairs: replaced(credential, 'Signature', Buffer.from('?'.repeat(30)).toString('base64url')) },
  ]),
  opens('p256WithoutDer', REFUSED, '1.7', ({ credential }) => [
    { pairs: replaced(credential, 'Signature', spelled(Buffer.alloc(64, 1))) },
  ]),
  opens('spacesInPolicy', `opens, ${REFUSED}`, '1.11', ({ folder, origin, signText }) => {
    const text = policyText(`${origin}${folder}/*`).replaceAll(':{', ': {');
    const pairs = signText(text);
    return [{ pairs }, { pairs: replaced(pairs, 'Policy', spelled(Buffer.from(`${text} `))) }];
  }),
  opens('oneParameterBesideCookies', '403 MissingKey, opens', '1.12', ({ credential: pairs, file }) => [
    { pairs, target: `${file}?Expires=1` },
    { pairs, target: `${file}?expires=1` },
  ]),
  opens('statements', '403 MalformedPolicy, 403 MalformedPolicy, 403 MalformedPolicy', '2.1 5.4', (lab) => {
    const statement = { Resource: `${lab.origin}${lab.folder}/*`, Condition: dates() };
    return [[statement, statement], [], statement].map((Statement) => ({
      pairs: lab.signText(JSON.stringify({ Statement })),
    }));
  }),
  under('lastSecond', `403 MalformedPolicy, 403 MalformedPolicy, ${REFUSED}`, '2.2 5.5', () => [
    {},
    { DateLessThan: at(secondsFromNow(60) * 1_000) },
    { DateLessThan: at(secondsFromNow(-60)) },
  ]),
  under('firstSecond', `opens, ${REFUSED}`, '2.3', () =>
    [-60, 600].map((seconds) => ({ ...dates(), DateGreaterThan: at(secondsFromNow(seconds)) })),
  ),
  under('addresses', `opens, ${REFUSED}`, '2.4', () =>
    ['0.0.0.0/0', '192.0.2.0/24'].map((range) => ({ ...dates(), IpAddress: { 'AWS:SourceIp': range } })),
  ),
  opens('withoutResource', 'opens', '2.7', ({ signText }) => [
    { pairs: signText(JSON.stringify({ Statement: [{ Condition: dates() }] })) },
  ]),
  matches('wildcards', `opens, opens, opens, ${REFUSED}`, '3.1', [
    ['/lab/*', '/lab/a/b.txt'],
    ['/l*.txt', '/lab/a.txt'],
    ['/lab/?.txt', '/lab/a.txt'],
    ['/lab/??.txt', '/lab/a.txt'],
  ]),
  matches('withoutSlash', `opens, ${REFUSED}`, '3.3', [
    ['/lab/a*', '/lab/ab/c'],
    ['/lab/a/*', '/lab/ab/c'],
  ]),
  matches('sections', `opens, ${REFUSED}, ${REFUSED}`, '3.4', [
    ['/lab/?.txt?x=*', '/lab/a.txt?x=1'],
    ['/lab/*?x=1', '/lab/a.txt?x=2'],
    ['/lab/*?x=1', '/lab/a.txt'],
  ]),
  matches('starCoversQuery', `opens, ${REFUSED}`, '3.5', [
    ['/lab/*', '/lab/x?x=1'],
    ['/lab/b*', '/lab/x?x=1'],
  ]),
  matches('queryNotCovered', REFUSED, '3.6', [['/lab/x', '/lab/x?x=1']]),
  opens('starAlone', `${REFUSED}, opens`, '3.7', async ({ sign }) => {
    const pairs = await sign('*');
    return [{ pairs }, { pairs, kind: 'query' }];
  }),
  matches('percentEncoded', `opens, ${REFUSED}`, '3.9', [
    ['/lab/b%20c', '/lab/b%20c'],
    ['/lab/b c', '/lab/b%20c'],
  ]),
  inLab('headSigned', '200, 403', '3.11', async ({ credential, file, show }) => {
    const asked = async (pairs: readonly Pair[]) =>
      (await show(file, pairs, 'cookies', { method: 'HEAD' })).status;
    return `${await asked(credential)}, ${await asked([])}`;
  }),
  refusal('missingKey', 'MissingKey: Missing Key-Pair-Id query parameter or cookie value', '5.1', [
    'Key-Pair-Id',
  ]),
  refusal('emptyKey', 'MissingKey: Missing Key-Pair-Id query parameter or cookie value', '5.1', [
    'Key-Pair-Id',
    '',
  ]),
  refusal('unknownKey', 'InvalidKey: Unknown Key', '5.2', ['Key-Pair-Id', 'KUNKNOWN']),
  refusal('missingSignature', 'AccessDenied: Access denied', '5.6', ['Signature']),
  refusal('undecodableSignature', 'MalformedSignature: Could not unencode Signature', '5.3', [
    'Signature',
    '!',
  ]),
  refusal('missingPolicy', 'AccessDenied: Access denied', '5.6', ['Policy']),
  refusal('malformedPolicy', 'MalformedPolicy: Malformed Policy', '5.4', ['Policy', 'AAAA']),
  refusal('unknownHash', 'AccessDenied: Access denied', '5.5', ['Hash-Algorithm', 'MD5']),
  inLab('refusalForm', 'text/xml on one line', '5.7', async ({ file, show }) => {
    const { headers, body } = await show(file, [], 'cookies');
    const isOneLine = /^<\?xml version="1\.0" encoding="UTF-8"\?><Error><Code>[^\n]*<\/Error>$/.test(
      `${body}`,
    );
    const isOfS3 = body.includes('RequestId');
    return `${headers['content-type']}${isOneLine && !isOfS3 ? ' on one line' : `: ${body}`}`;
  }),
  inLab(
    'refusalHeaders',
    'CloudFront, Error from cloudfront, via, no CORS',
    '5.8',
    async ({ file, show }) => {
      const { headers } = await show(file, [], 'cookies', { headers: { origin: 'https://a.example' } });
      const via = String(headers.via).endsWith('(CloudFront)') ? 'via' : headers.via;
      const cors = headers['access-control-allow-origin'] === undefined ? 'no CORS' : 'CORS';
      return [headers.server, headers['x-cache'], via, cors].join(', ');
    },
  ),
  inLab('methodPage', 'text/html', '9.27', async ({ ask, file }) => {
    const { headers, body } = await ask(file, { method: 'POST', body: 'x' });
    const isKnown = body.includes('not configured to allow the HTTP request method');
    return isKnown ? String(headers['content-type']) : `${body}`;
  }),
  // The starts in the sets of teams begin there.
  question('startOf2001', true, '2.8', {
    otherwise: 'set `teams` to `off`, and report it',
    async everywhere({ file, folder, origin, sign, takes }) {
      const start = { 'AWS:EpochTime': teamStart(0, 0) };
      return await takes(file, await sign(`${origin}${folder}/*`, { ...dates(), DateGreaterThan: start }));
    },
  }),
  question('signingParametersInQuerystring', false, '6.25', {
    async lab({ credential, event, file }) {
      const seen = await event(`${file}?own=1`, credential, 'query');
      return seen && 'Policy' in seen.querystring;
    },
  }),
  inLab(
    'eventMembers',
    'context, cookies, headers, method, querystring, uri, version, viewer',
    '6.4',
    async ({ credential, event, file }) =>
      (await event(file, credential, 'cookies'))?.names
        .filter((name) => name !== 'rawQueryString')
        .join(', '),
  ),
  inLab('valuesInEvent', '2 cookies, 2 parameters, x-own 1, no Cookie header', '6.5', async (lab) => {
    const cookies: Pair[] = [...lab.credential, ['Own', '1'], ['Own', '2']];
    const seen = await lab.event(`${lab.file}?q=1&q=2`, cookies, 'cookies', { 'X-Own': '1' });
    const count = ({ multiValue }: { multiValue?: unknown } = {}) =>
      Array.isArray(multiValue) ? multiValue.length : 1;
    const words = [
      `${count(seen?.cookies['CloudFront-Own'])} cookies`,
      `${count(seen?.querystring['q'])} parameters`,
      `x-own ${seen?.headers['x-own']?.value}`,
      seen?.headers['cookie'] ? 'Cookie header' : 'no Cookie header',
    ];
    return words.join(', ');
  }),
  inLab('rawQuery', 'a=1&b&a=%20, undefined', '6.12', async ({ credential, event, file }) => {
    const raw = async (target: string) => (await event(target, credential, 'cookies'))?.raw;
    return `${await raw(`${file}?a=1&b&a=%20`)}, ${await raw(file)}`;
  }),
  pattern('patternTakesEncodedLetter', true, '/%6Fpen/x'),
  pattern('patternTakesEncodedSlash', false, '/open%2Fx'),
  pattern('patternTakesDotSegments', true, '/x/../open/x'),
  pattern('patternTakesTwoSlashes', true, '//open//x'),
  inLab('functionEndless', '503', '6.2', async ({ object }) => inWords(await object('endless'))),
  inLab('functionThrows', '503', '6.3', async ({ object }) => inWords(await object('throw'))),
  inLab('functionInvalid', '502', '6.3', async ({ object }) => inWords(await object('invalid'))),
  inLab('functionForbiddenHeader', '502', '6.21', async ({ object }) => inWords(await object('forbidden'))),
  inLab('functionReplaces', '201 replaced', '6.14', async ({ object }) => {
    const { status, body } = await object('replace');
    return `${status} ${body}`;
  }),
  inLab('rewrittenUri', 'opens', '4.4', ({ credential, file, open }) => open(file, credential)),
  inLab('viewerResponseRawQuery', 'function', '6.12', async (lab) =>
    String((await sawAtResponse(lab))['raw']),
  ),
  question('viewerResponseOnErrors', 'policy alone', '6.22', {
    async lab({ object, policyHeader }) {
      const { status, headers } = await object('missing');
      if (status < 400) return undefined;
      const hasRun = 'x-lab-saw' in headers;
      const isApplied = policyHeader in headers;
      if (hasRun && isApplied) return 'function and policy';
      return hasRun ? 'function alone' : isApplied ? 'policy alone' : 'neither';
    },
  }),
  question('clearSiteData', '200 "cache"', '10.9', {
    async deployment({ folder, origin, show, sign }) {
      const target = `${folder}/?clear`;
      const file = await sign(origin + target);
      return await eitherWay(async (kind) => {
        const { status, headers } = await show(target, file, kind);
        return status === 403 ? undefined : `${status} ${headers['clear-site-data']}`;
      });
    },
  }),
  question('staleShare', '410, 0 bytes', '10.8', {
    deployment: (world) => staleShare(world, ({ target, headers }) => world.ask(target, { headers })),
  }),
  question('putOtherBytes', '400 BadDigest', '10.3', {
    async deployment({ bob, presign, send }) {
      const put = await presign(bob.path.slice(1), 'some bytes', true);
      return inWords(await send(put, 'more bytes'));
    },
  }),
  question('putSecondUse', '200, then 412 PreconditionFailed', '10.4', {
    async deployment({ alice, presign, send }) {
      const put = await presign(`users/${alice.id}/twice.txt`, 'twice');
      const first = await send(put, 'twice');
      return `${inWords(first)}, then ${inWords(await send(put, 'twice'))}`;
    },
  }),
  question('replacedWithin5s', true, '7.7', {
    deployment: replacedInTime,
  }),
  question('deleteMissingKey', 'ResourceNotFoundException', '10.2', {
    everywhere: async ({ keyValues }) =>
      keyValues && String(await deleteMissingKey(keyValues, 'probe-nobody')),
  }),
  question('writesAtOnce', '1 written, 49 ConflictException', '10.1', {
    everywhere: async ({ keyValues, ownKey }) =>
      keyValues && (await writeAtOnce(keyValues, ownKey, NOTHING_REVOKED)),
  }),
  question('keySeenWithin60s', true, '6.26', { maxSeconds: 360, lab: keySeen }),
  // This question comes last, because afterwards Alice's credentials open nothing.
  question('logoutWithin30s', true, '8.7', {
    maxSeconds: 900,
    deployment: logout,
  }),
];

/** Every question, in the order in which they are asked. */
export const FACTS: readonly FactQuestion[] = [
  ...OF_AWS,
  ...Object.entries(SWITCHES).flatMap(([name, asks]) =>
    isAssumptionName(name) ? [{ name, assumed: DEFAULT_ASSUMPTIONS[name], ...asks }] : [],
  ),
  ...FURTHER,
];

/** What the lab is asked. */
export function labQuestions(): (Question<LabWorld> & { fact: string })[] {
  return FACTS.flatMap(({ lab, everywhere, name, assumed, fact, maxSeconds, otherwise }) => {
    const ask = lab ?? everywhere;
    return ask ? [{ name, assumed, fact, maxSeconds, otherwise, ask }] : [];
  });
}

/** What a deployment is asked. */
export function deploymentQuestions(): (Question<World> & Pick<FactQuestion, 'needs' | 'hindrance'>)[] {
  return FACTS.flatMap(({ deployment, everywhere, lab: _lab, fact: _fact, ...question }) => {
    const ask = deployment ?? everywhere;
    return ask ? [{ ...question, ask }] : [];
  });
}
