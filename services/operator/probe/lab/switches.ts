import {
  type AssumptionName,
  DEFAULT_ASSUMPTIONS,
  isAssumptionName,
} from '../../../../edge/local/assumptions.ts';
import { outcomeOf } from '../asker.ts';
import {
  KINDS,
  type Kind,
  type Pair,
  replaced,
  secondsFromNow,
  withBadSignature,
  without,
} from '../credentials.ts';
import { ofEachName } from '../duplicates.ts';
import type { Question, Seen } from '../question.ts';
import { POLICY_HEADER } from './template.ts';
import { dates, type LabWorld } from './world.ts';

/** For each switch of the local CloudFront, how to see its value. The lab's functions report what they see. */
const ASKED: Record<AssumptionName, (lab: LabWorld) => Promise<Seen | undefined>> = {
  functionBeforeSignature: async ({ event }) => (await event('/x', [], 'cookies')) !== undefined,

  normalisedUri: async ({ event, sign }) => {
    const uri = (await event('/a/x/..//%62', await sign(), 'cookies'))?.request.uri;
    if (uri === '/a/x/..//%62') return false;
    return uri === '/a/b' ? true : uri;
  },

  signatureOnNormalisedUri: async ({ open, origin, sign }) =>
    (await open('/a/../b/x', await sign({ resource: `${origin}/b/*` }))) === 'opens',

  signingParametersHidden: async ({ event, sign }) => {
    const seen = await event('/x?own=1', await sign(), 'query');
    return seen && !seen.raw?.includes('Policy=');
  },

  signingCookiesHidden: async ({ event, sign }) => {
    const seen = await event('/x', await sign(), 'cookies');
    return seen && !('CloudFront-Policy' in seen.request.cookies);
  },

  viewerResponseSees: async (lab) => {
    const { uri, query, header } = await sawAtResponse(lab);
    const seen = [uri, query, header].join(' ');
    if (seen === '/sent sent viewer') return 'viewer';
    return seen === '/object.txt rewritten rewritten' ? 'rewritten' : seen;
  },

  duplicates: ({ open, sign }) =>
    ofBothKinds(
      async (kind) =>
        (await ofEachName(await sign(), async (goodFirst, badFirst) => {
          const isFirst = (await open('/x', goodFirst, kind)) === 'opens';
          const isLast = (await open('/x', badFirst, kind)) === 'opens';
          return isFirst === isLast ? (isFirst ? 'either' : 'neither') : isFirst ? 'first' : 'last';
        })) ?? 'neither',
    ),

  policyWithExpires: ({ open, origin, sign }) =>
    ofBothKinds(async (kind) => {
      const expires = secondsFromNow(900);
      const custom = await sign();
      const canned = await sign({
        resource: `${origin}/x`,
        condition: { DateLessThan: { 'AWS:EpochTime': expires } },
      });
      const policy = custom.filter(([name]) => name === 'Policy');
      const both = (pairs: Pair[]) => open('/x', replaced(pairs, 'Expires', String(expires)), kind);
      const isPolicy = (await both(custom)) === 'opens';
      const isExpires = (await both([...policy, ...without(canned, 'Policy')])) === 'opens';
      return isPolicy === isExpires ? (isPolicy ? 'either' : 'neither') : isPolicy ? 'policy' : 'expires';
    }),

  caseIgnored: async ({ open, origin, sign }) => {
    const isHash = (await open('/x', replaced(await sign(), 'Hash-Algorithm', 'sha256'))) === 'opens';
    const upper = origin.replace(/:\/\/.*/, (host) => host.toUpperCase());
    const isHost = (await open('/x', await sign({ resource: `${upper}/*` }))) === 'opens';
    return isHash === isHost ? isHash : isHash ? 'of the hash alone' : 'of the host alone';
  },

  partialProtocol: async ({ open, origin, sign }) =>
    (await open('/x', await sign({ resource: `${origin.replace(/^https?/, 'http*')}/*` }))) === 'opens',

  addressWithoutMask: async ({ object, sign }) => {
    const condition = { ...dates(), IpAddress: { 'AWS:SourceIp': '192.0.2.1' } };
    const { by, code } = outcomeOf(await object('/x', await sign({ condition })));
    return by === 'file' ? 'not looked at' : code !== 'MalformedPolicy';
  },

  responseHeadersPolicyFirst: async (lab) => (await sawAtResponse(lab)).policy === true,

  responseHeadersPolicyOnRefusals: async ({ object, sign }) =>
    POLICY_HEADER in (await object('/x', withBadSignature(await sign()))).headers,
};

export const LAB_SWITCHES: Question<LabWorld>[] = Object.entries(ASKED).flatMap(([name, ask]) =>
  isAssumptionName(name)
    ? [
        {
          ...{ name, assumed: DEFAULT_ASSUMPTIONS[name], ask },
          otherwise: `set \`EDGE_ASSUMPTIONS=${name}=…\` for the local CloudFront, and report it`,
        },
      ]
    : [],
);

/** The report of the viewer-response function. */
export async function sawAtResponse({ object, sign }: LabWorld): Promise<Record<string, unknown>> {
  const { headers } = await object('/sent?sent=1', await sign());
  return parseSaw(String(headers['x-lab-saw'] ?? '{}'));
}

/** The shape that the lab's function writes. */
function parseSaw(json: string): Record<string, unknown> {
  return JSON.parse(json) as Record<string, unknown>;
}

async function ofBothKinds(look: (kind: Kind) => Promise<string>): Promise<string> {
  const [cookies, query] = [await look(KINDS[0]), await look(KINDS[1])];
  return cookies === query ? cookies : `of cookies ${cookies}, of parameters ${query}`;
}
