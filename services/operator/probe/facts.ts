import { teamStart } from '@cloudfront-cookie-gateway/core/team-start';
import {
  type AssumptionName,
  DEFAULT_ASSUMPTIONS,
  isAssumptionName,
} from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { askHttp2, askHttp3, http3Hindrance, inWords, outcomeOf } from './asker.ts';
import { chromeHindrance, clearedBy } from './chrome.ts';
import {
  dates,
  ofEachName,
  type Pair,
  replaced,
  secondsFromNow,
  withBadSignature,
  without,
} from './credentials.ts';
import {
  askAppHost,
  isolation,
  logout,
  logoutsAtOnce,
  opened,
  replacedInTime,
  scanFirst,
  staleShare,
  uploadPastExpiry,
} from './deployment.ts';
import { AT_MOST, highestUtilization } from './edge-functions.ts';
import { deleteMissingKey, writeAtOnce } from './key-values.ts';
import { keySeen, type LabWorld, sawAtResponse } from './lab-world.ts';
import type { Question, Seen } from './run.ts';
import { eitherWay, type Operator, type Viewer, type World } from './world.ts';

type Ask<W> = (world: W) => Promise<Seen | undefined>;

/** Where a fact can be asked, and how. `everywhere` asks both a deployment and the lab. */
interface Asks {
  /** The beginning of the fact in `edge/local/CONFORMANCE.md`. No other fact begins like this. */
  fact: string;
  everywhere?: Ask<Viewer>;
  /** In the lab the functions tell what they see. */
  lab?: Ask<LabWorld>;
  /** In a deployment only the functions of this project are there. They may hide the answer. */
  deployment?: Ask<World>;
}

/** A fact of CloudFront, or of what stands around it: what is believed, and how it is asked. */
export interface FactQuestion extends Omit<Question<never>, 'ask' | 'otherwise' | 'hindrance'>, Asks {
  /** What to do if AWS answers otherwise, if that is more than to report it. */
  otherwise?: string;
  /** The part that the local stack does not have. */
  needs?: string;
  /** The reason why a deployment cannot be asked from here, in words. */
  hindrance?(operator: Pick<Operator, 'edgeFunctions' | 'isScanned'>): Promise<string | undefined>;
}

/** For each switch of the local CloudFront, how to see its value. */
const SWITCHES: Record<AssumptionName, Asks> = {
  functionBeforeSignature: {
    fact: 'CloudFront checks the signature after the method',
    async everywhere({ ask }) {
      const { by, code } = outcomeOf(await ask('/'));
      if (by === 'function') return true;
      return code === 'MissingKey' ? false : undefined;
    },
  },
  normalisedUri: {
    fact: 'uri keeps the percent-escapes',
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
    fact: 'CloudFront does not resolve dot segments',
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
    fact: 'The result of rawQueryString() still has',
    everywhere: ({ isHidden }) => isHidden('query'),
  },
  signingCookiesHidden: {
    fact: 'The function sees the CloudFront-* cookies.',
    everywhere: ({ isHidden }) => isHidden('cookies'),
  },
  viewerResponseSees: {
    fact: 'The viewer-response function sees the request as',
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
    fact: 'It is unknown which of several cookies',
    everywhere: ({ byKind, credential, file, takes }) =>
      byKind((kind) =>
        ofEachName(credential, async (goodFirst, badFirst) => {
          const isFirst = await takes(file, goodFirst, kind);
          return oneOf('first', isFirst, 'last', await takes(file, badFirst, kind));
        }),
      ),
  },
  fittingSet: {
    fact: 'It is unknown whether CloudFront looks for the set',
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
    fact: 'It is unknown whether Policy or Expires counts',
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
    fact: 'It is unknown whether case counts',
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
    fact: 'It is unknown whether a wildcard beside letters',
    everywhere: async ({ file, folder, origin, sign, takes }) =>
      takes(file, await sign(`${origin.replace(/https?:/, 'http*:')}${folder}/*`)),
  },
  addressWithoutMask: {
    fact: 'It is unknown whether an address without a mask',
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
    fact: 'The response headers policy comes before',
    lab: async (lab) => (await sawAtResponse(lab))['policy'] === true,
    // The functions of this project give the same answer in both orders.
    deployment: async () => undefined,
  },
  responseHeadersPolicyOnRefusals: {
    fact: 'It is unknown whether a refusal of the signature carries',
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
  question('functionUtilization', AT_MOST, 'A call has 2 MB of memory', {
    otherwise: 'report it: functions above 70 may be throttled',
    needs: 'test-function of CloudFront',
    hindrance: async ({ edgeFunctions }) =>
      edgeFunctions === undefined ? 'it needs test-function of CloudFront' : await edgeFunctions.hindrance(),
    deployment: async (world) =>
      world.operator.edgeFunctions &&
      (await highestUtilization(world.operator.edgeFunctions, { ...world, ...world.operator })),
  }),
  question('staleShareHttp2', '410, 0 bytes', 'The edge answers a share of a replaced file', {
    needs: 'HTTP/2 at the edge (http2)',
    deployment: (world) => staleShare(world, askHttp2),
  }),
  question('staleShareHttp3', '410, 0 bytes', 'The edge answers a share of a replaced file', {
    needs: 'HTTP/3 at the edge (http3)',
    hindrance: http3Hindrance,
    deployment: (world) => staleShare(world, askHttp3),
  }),
  question('clearInChrome', 'asks again', 'Clear-Site-Data', {
    otherwise: 'report it: a shared computer keeps files after a sign-out',
    needs: 'a name that browsers know (?clear in Chrome)',
    hindrance: chromeHindrance,
    deployment: (world) => clearedBy(world, '?clear'),
  }),
  question('uploadEndsPastExpiry', '200', 'S3 checks the expiry of a signed upload', {
    otherwise: 'report it: slow uploads fail',
    needs: 'S3, and more than a minute',
    maxSeconds: 240,
    deployment: uploadPastExpiry,
  }),
  question('scanBeforeServed', '403 AccessDenied, then served', 'S3 refuses an object whose tags', {
    otherwise: 'stop: files are served before their scan, or never; report it',
    needs: 'GuardDuty (the value scan)',
    maxSeconds: 660,
    hindrance: async ({ isScanned }) => (isScanned ? undefined : 'files are not scanned there'),
    deployment: scanFirst,
  }),
  question('apiGatewayOddPath', '404', 'API Gateway passes on', {
    needs: 'API Gateway',
    deployment: (world) => askAppHost(world, '/api/%2e%2e%2F%3f%23%c3%a9//x?a=1,2&a=3'),
  }),
  question('apiGatewayHeaders8k', '200', 'API Gateway refuses', {
    needs: 'API Gateway',
    deployment: (world) => askAppHost(world, '/livez', { 'x-probe': 'a'.repeat(8_000) }),
  }),
  question('apiGatewayHeaders12k', '431', 'API Gateway refuses', {
    needs: 'API Gateway',
    deployment: (world) => askAppHost(world, '/livez', { 'x-probe': 'a'.repeat(12_000) }),
  }),
];

const UNFINISHED = 'It is unknown what CloudFront says to a key pair id';

/** Three headers of a request, each with a value of this many bytes. */
function threeOf(bytes: number): Record<string, string> {
  return Object.fromEntries([1, 2, 3].map((n) => [`x-probe-${n}`, 'a'.repeat(bytes)]));
}

/** @param name has the key and the hash of the signature */
function signedWith(
  name: string,
  assumed: Seen,
  sign: (lab: LabWorld) => readonly Pair[] | Promise<readonly Pair[]>,
): FactQuestion {
  return question(name, assumed, 'CloudFront-Hash-Algorithm is SHA1 or SHA256.', {
    lab: async (lab) => await lab.open(lab.file, await sign(lab)),
  });
}

/**
 * The refusal of a credential that lacks a parameter, or has another value in it.
 * @param code CloudFront's
 */
function refusal(
  name: string,
  code: string,
  fact: string,
  [parameter, value]: [name: string, value?: string],
): FactQuestion {
  return question(name, `403 ${code}`, fact, {
    async lab({ credential, file, open }) {
      const rest = without(credential, parameter);
      return await open(file, value === undefined ? rest : [...rest, [parameter, value]]);
    },
  });
}

/** Whether a path belongs to the behavior that needs no signature, `/open/*`. */
function pattern(name: string, assumed: boolean, target: string): FactQuestion {
  return question(name, assumed, 'Behavior and origin are chosen by the normalised path.', {
    lab: async ({ open }) => (await open(target, [])) === 'opens',
  });
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
  question('isolation', 'refused', 'A rewrite comes after the authorisation.', {
    deployment: isolation,
  }),
  ...['OPTIONS', 'POST', 'PUT', 'DELETE'].map((method) =>
    question(`method${method}`, '403', 'A method that the behavior does not allow', {
      everywhere: async ({ ask, file }) => inWords(await ask(file, { method })),
    }),
  ),
  question('getWithBody', '403', 'CloudFront refuses a GET with a body', {
    everywhere: async ({ ask, file }) => inWords(await ask(file, { body: 'body' })),
  }),
  question('latin1Path', 'as it was sent', 'A URI that is not UTF-8', {
    lab: (lab) => spelledInEvent(lab, 'x%e9'),
    // The function refuses bytes that are not UTF-8. AWS says that CloudFront converts them.
    deployment: (world) => refusedAsSent(world, '%e9.txt', 'converted'),
  }),
  question('encodedSlash', 'as it was sent', 'uri keeps the percent-escapes', {
    lab: (lab) => spelledInEvent(lab, 'x%2fy'),
    deployment: (world) => refusedAsSent(world, 'x%2Fa.txt', 'decoded'),
  }),
  question('longUrl', '414', 'A request has at most', {
    everywhere: async ({ ask }) => inWords(await ask(`/${'a'.repeat(8_300)}`)),
  }),
  question('largeRequest', '413', 'A request has at most', {
    everywhere: async ({ ask, file }) => inWords(await ask(file, { headers: threeOf(7_000) })),
  }),
  question('urlBelowLimit', 'opens', 'A request has at most', {
    lab: async ({ credential, file, open }) => open(`${file}?own=${'a'.repeat(8_000)}`, credential),
  }),
  question('requestBelowLimit', 'opens', 'A request has at most', {
    async lab({ credential, file, show }) {
      const answer = await show(file, credential, 'cookies', { headers: threeOf(6_200) });
      return answer.status === 200 ? 'opens' : inWords(answer);
    },
  }),
  signedWith('p256WithSha256', 'opens', ({ credential }) => credential),
  signedWith('p256WithoutMarker', '403 AccessDenied', ({ credential }) =>
    without(credential, 'Hash-Algorithm'),
  ),
  signedWith('p256WithSha1', 'opens', ({ signWith }) => signWith('ec', 'SHA1')),
  signedWith('rsaWithSha1', 'opens', ({ signWith }) => signWith('rsa', 'SHA1')),
  signedWith('rsaWithSha256', 'opens', ({ signWith }) => signWith('rsa', 'SHA256')),
  refusal('missingKey', 'MissingKey', 'Key-Pair-Id absent or empty', ['Key-Pair-Id']),
  refusal('unknownKey', 'InvalidKey', 'A key outside the key groups', ['Key-Pair-Id', 'KUNKNOWN']),
  refusal('missingSignature', 'AccessDenied', UNFINISHED, ['Signature']),
  refusal('undecodableSignature', 'MalformedSignature', 'A signature that cannot be decoded', [
    'Signature',
    '!',
  ]),
  refusal('missingPolicy', 'AccessDenied', UNFINISHED, ['Policy']),
  refusal('malformedPolicy', 'MalformedPolicy', 'A policy that is not JSON', ['Policy', 'AAAA']),
  refusal('unknownHash', 'AccessDenied', 'A wrong signature, another hash', ['Hash-Algorithm', 'MD5']),
  // The starts in the sets of teams begin there.
  question('startOf2001', true, 'DateGreaterThan may be long past', {
    otherwise: 'set `teams` to `off`, and report it',
    async everywhere({ file, folder, origin, sign, takes }) {
      const start = { 'AWS:EpochTime': teamStart(0, 0) };
      return await takes(file, await sign(`${origin}${folder}/*`, { ...dates(), DateGreaterThan: start }));
    },
  }),
  question('signingParametersInQuerystring', false, 'The event has no signing parameters in querystring.', {
    async lab({ credential, event, file }) {
      const seen = await event(`${file}?own=1`, credential, 'query');
      return seen && 'Policy' in seen.querystring;
    },
  }),
  question('cookieTwiceInEvent', 'multiValue', 'Header names are in lower case.', {
    async lab({ credential, event, file }) {
      const seen = await event(file, [...credential, ['Own', '1'], ['Own', '2']], 'cookies');
      const { value, multiValue } = seen?.cookies['CloudFront-Own'] ?? {};
      return Array.isArray(multiValue) && multiValue.length === 2 ? 'multiValue' : String(value);
    },
  }),
  pattern('patternTakesEncodedLetter', true, '/%6Fpen/x'),
  pattern('patternTakesEncodedSlash', false, '/open%2Fx'),
  pattern('patternTakesDotSegments', true, '/x/../open/x'),
  pattern('patternTakesTwoSlashes', true, '//open//x'),
  question('functionEndless', '503', 'A call has 2 MB of memory', {
    lab: async ({ object }) => inWords(await object('endless')),
  }),
  question('functionThrows', '503', 'An execution error gives 503', {
    lab: async ({ object }) => inWords(await object('throw')),
  }),
  question('viewerResponseRawQuery', 'function', 'rawQueryString() gives the whole query', {
    lab: async (lab) => String((await sawAtResponse(lab))['raw']),
  }),
  question('viewerResponseOnErrors', 'policy alone', 'No viewer-response function runs', {
    async lab({ object, policyHeader }) {
      const { status, headers } = await object('missing');
      if (status < 400) return undefined;
      const hasRun = 'x-lab-saw' in headers;
      const isApplied = policyHeader in headers;
      if (hasRun && isApplied) return 'function and policy';
      return hasRun ? 'function alone' : isApplied ? 'policy alone' : 'neither';
    },
  }),
  question('head', '200, 0 bytes', 'A policy has no condition on the method.', {
    deployment: (world) =>
      opened(world, async (ask) => {
        const { status, body } = await ask({ method: 'HEAD' });
        return `${status}, ${body.length} bytes`;
      }),
  }),
  question('range', '206 prob', 'CloudFront answers Range and If-None-Match', {
    deployment: (world) =>
      opened(world, async (ask) => {
        const { status, body } = await ask({ headers: { range: 'bytes=0-3' } });
        return `${status} ${body}`;
      }),
  }),
  question('ifNoneMatch', '304', 'CloudFront answers Range and If-None-Match', {
    deployment: (world) =>
      opened(world, async (ask) => {
        const { headers } = await ask({});
        return String((await ask({ headers: { 'if-none-match': headers.etag } })).status);
      }),
  }),
  question('clearSiteData', '200 "cache"', 'Clear-Site-Data', {
    async deployment({ folder, origin, show, sign }) {
      const target = `${folder}/?clear`;
      const file = await sign(origin + target);
      return await eitherWay(async (kind) => {
        const { status, headers } = await show(target, file, kind);
        return status === 403 ? undefined : `${status} ${headers['clear-site-data']}`;
      });
    },
  }),
  question('staleShare', '410, 0 bytes', 'The edge answers a share of a replaced file', {
    deployment: (world) =>
      staleShare(world, (_origin, { target, headers }) => world.ask(target, { headers })),
  }),
  question('putOtherBytes', '400 BadDigest', 'S3 refuses other bytes', {
    async deployment({ bob, presign, send }) {
      const put = await presign(bob.path.slice(1), 'some bytes', true);
      return inWords(await send(put, { body: 'more bytes' }));
    },
  }),
  question(
    'putSecondUse',
    '200, then 412 PreconditionFailed',
    'S3 refuses an upload to a key that is taken',
    {
      async deployment({ alice, presign, send }) {
        const put = await presign(`users/${alice.id}/twice.txt`, 'twice');
        const first = await send(put, { body: 'twice' });
        return `${inWords(first)}, then ${inWords(await send(put, { body: 'twice' }))}`;
      },
    },
  ),
  question('putTaken', '412 PreconditionFailed', 'S3 refuses an upload to a key that is taken', {
    deployment: async ({ alice, put }) => inWords(await put(alice, `probe ${alice.marker}`)),
  }),
  question('replacedWithin5s', true, 'So the edge of this project keeps an object', {
    deployment: replacedInTime,
  }),
  question('deleteMissingKey', 'ResourceNotFoundException', 'UpdateKeys fails for a key', {
    lab: async ({ keyValues }) => String(await deleteMissingKey(keyValues, 'nobody')),
    deployment: async ({ operator }) => String(await operator.deleteMissingKey()),
  }),
  question('writesAtOnce', '1 written, 49 ConflictException', 'Of many writes after one ETag', {
    lab: ({ keyValues }) => writeAtOnce(keyValues, 'at-once', 'value'),
    deployment: ({ operator, bob }) => operator.writeAtOnce(bob.id),
  }),
  question('keySeenWithin60s', true, 'A function sees a new key', { maxSeconds: 360, lab: keySeen }),
  question('logoutsAtOnce', '50 told', 'Of many writes after one ETag', {
    maxSeconds: 300,
    deployment: logoutsAtOnce,
  }),
  // This question comes last, because afterwards Alice's credentials open nothing.
  question('logoutWithin30s', true, 'CloudFront cannot revoke one user.', {
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
export function labQuestions(): Question<LabWorld>[] {
  return FACTS.flatMap(({ lab, everywhere, ...fact }) => {
    const ask = lab ?? everywhere;
    const { name, assumed, maxSeconds, otherwise = otherSwitch(name, 'the local CloudFront') } = fact;
    return ask ? [{ name, assumed, maxSeconds, otherwise, ask }] : [];
  });
}

/**
 * What a deployment is asked.
 * @param operator whose means decide whether a question is hindered
 */
export function deploymentQuestions(
  operator: Pick<Operator, 'edgeFunctions' | 'isScanned'>,
): (Question<World> & { needs: string | undefined })[] {
  return FACTS.flatMap(({ deployment, everywhere, hindrance, ...fact }) => {
    const ask = deployment ?? everywhere;
    const { name, assumed, maxSeconds, needs, otherwise = inDeployment(name) } = fact;
    const hindered = async () => await hindrance?.(operator);
    return ask ? [{ name, assumed, maxSeconds, needs, otherwise, hindrance: hindered, ask }] : [];
  });
}

function inDeployment(name: string): string {
  return /^signing\w+Hidden$/.test(name)
    ? 'set `edgeCredential` to `trusted`, and report it'
    : otherSwitch(name, '`npm start`');
}

/** What to do if AWS differs from the local CloudFront. */
function otherSwitch(name: string, place: string): string {
  return isAssumptionName(name)
    ? `set \`EDGE_ASSUMPTIONS=${name}=…\` for ${place}, and report it`
    : 'report it';
}
