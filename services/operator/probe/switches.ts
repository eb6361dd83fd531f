import {
  type AssumptionName,
  DEFAULT_ASSUMPTIONS,
  isAssumptionName,
} from '../../../edge/local/assumptions.ts';
import { outcomeOf } from './asker.ts';
import { type Pair, replaced, secondsFromNow, signPolicy, withBadSignature } from './credentials.ts';
import { ofEachName } from './duplicates.ts';
import type { Question, Seen } from './question.ts';
import { dates, eitherWay, type World } from './world.ts';

type Ask = (world: World) => Promise<Seen | undefined>;

/** For each switch of the local CloudFront, how to see its value through the deployed functions. */
const ASKED: Record<AssumptionName, Ask> = {
  async functionBeforeSignature(world) {
    const { by, code } = outcomeOf(await world.ask('/'));
    if (by === 'function') return true;
    return code === 'MissingKey' ? false : undefined;
  },

  // The function checks the path before anything else.
  async normalisedUri({ alice, show }) {
    const answer = await show(`/users/${alice.id}/x/../a.txt`, alice.folder, 'cookies');
    const { by, code } = outcomeOf(answer);
    if (by === 'function') return code !== 'bad_path';
    return by === 'cloudfront' ? undefined : true;
  },

  async signatureOnNormalisedUri(world) {
    const { alice, bob, operator, sign } = world;
    const seen = await takes(world, `/users/${bob.id}/../${alice.id}/a.txt`, alice.folder);
    if (seen !== undefined) return seen;
    // If the function runs first and sees the path as it was sent, it lets this path pass.
    const path = `/users/${alice.id}//a.txt`;
    const asSent = await takes(world, path, await sign(operator.filesOrigin + path));
    return asSent === undefined ? undefined : !asSent;
  },

  signingParametersHidden: (world) => isHidden(world, 'query'),

  signingCookiesHidden: (world) => isHidden(world, 'cookies'),

  async viewerResponseSees(world) {
    const { alice, operator, show, sign } = world;
    const withShare = await eitherWay(async (kind) => {
      // If it sees no credential, the viewer-request function changes nothing.
      if (await isHidden(world, kind)) return undefined;
      const { status } = await show(`${alice.path}?share=1`, alice.folder, kind);
      return status === 200 || status === 410 ? status : undefined;
    });
    // The function saw the viewer's query, and no credential in it.
    if (withShare === 410) return 'viewer';
    // The viewer-request function drops this name. Without the name, the file is shown and not downloaded.
    const target = `${alice.path}?download=a+b`;
    const file = await sign(operator.filesOrigin + target);
    return await eitherWay(async (kind) => {
      if (await isHidden(world, kind)) return undefined;
      const { status, headers } = await show(target, file, kind);
      if (status !== 200) return undefined;
      return headers['content-disposition'] === undefined ? 'rewritten' : 'viewer';
    });
  },

  async duplicates(world) {
    const { alice } = world;
    return await ofEachName(alice.folder, async (first, last) => {
      const isFirst = await takes(world, alice.path, first);
      if (isFirst !== false) return isFirst && 'first';
      const isLast = await takes(world, alice.path, last);
      return isLast === false ? 'neither' : isLast && 'last';
    });
  },

  async policyWithExpires(world) {
    const { alice, operator, sign } = world;
    const expires = secondsFromNow(900);
    const both = (pairs: Pair[]) => takes(world, alice.path, replaced(pairs, 'Expires', String(expires)));
    const policy = await both(alice.folder);
    if (policy !== false) return policy && 'policy';
    const canned = await sign(operator.filesOrigin + alice.path, {
      DateLessThan: { 'AWS:EpochTime': expires },
    });
    const [own] = alice.folder;
    const taken = own && (await both(replaced(canned, ...own)));
    return taken === false ? 'neither' : taken && 'expires';
  },

  async caseIgnored(world) {
    const { alice, operator, sign } = world;
    const marker = alice.folder.find(([name]) => name === 'Hash-Algorithm')?.[1] ?? 'SHA1';
    const hash = await takes(
      world,
      alice.path,
      replaced(alice.folder, 'Hash-Algorithm', marker.toLowerCase()),
    );
    const upper = operator.filesOrigin.replace(/:\/\/.*/, (host) => host.toUpperCase());
    const host = await takes(world, alice.path, await sign(`${upper}/users/${alice.id}/*`));
    if (hash === undefined || host === undefined || hash === host) return hash ?? host;
    return hash ? 'of the hash alone' : 'of the host alone';
  },

  async partialProtocol(world) {
    const { alice, operator, sign } = world;
    const resource = `${operator.filesOrigin.replace(/^https?:/, 'http*:')}/users/${alice.id}/*`;
    return await takes(world, alice.path, await sign(resource));
  },

  async addressWithoutMask({ alice, operator, show }) {
    const condition = { ...dates(), IpAddress: { 'AWS:SourceIp': '192.0.2.1' } };
    const resource = `${operator.filesOrigin}/users/${alice.id}/*`;
    const pairs = await signPolicy(operator.signer, resource, condition);
    return await eitherWay(async (kind) => {
      const { by, code } = outcomeOf(await show(alice.path, pairs, kind));
      if (by === 'file') return 'not looked at';
      return by === 'cloudfront' ? code !== 'MalformedPolicy' : undefined;
    });
  },

  // The functions of this project give the same answer in both orders.
  responseHeadersPolicyFirst: async () => undefined,

  async responseHeadersPolicyOnRefusals({ alice, show }) {
    return await eitherWay(async (kind) => {
      const refused = await show(alice.path, withBadSignature(alice.folder), kind);
      const { by } = outcomeOf(refused);
      return by === 'cloudfront' ? 'cross-origin-resource-policy' in refused.headers : undefined;
    });
  },
};

export const SWITCHES: Question<World>[] = Object.entries(ASKED).flatMap(([name, ask]) =>
  isAssumptionName(name)
    ? [{ name, assumed: DEFAULT_ASSUMPTIONS[name], otherwise: otherwise(name), ask }]
    : [],
);

/** What to do if AWS differs from the default of a switch. */
export function otherwise(name: AssumptionName): string {
  return /^signing\w+Hidden$/.test(name)
    ? 'set `edgeCredential` to `trusted`, and report it'
    : `set \`EDGE_ASSUMPTIONS=${name}=…\` for \`npm start\`, and report it`;
}

/** Whether CloudFront's own check accepts a credential; undefined if the function answers before that check. */
async function takes(world: World, target: string, pairs: readonly Pair[]): Promise<boolean | undefined> {
  return await eitherWay(async (kind) => {
    const { by } = outcomeOf(await world.show(target, pairs, kind));
    if (by === 'cloudfront') return false;
    if (by !== 'function') return true;
    // The function's answer only counts if CloudFront refuses a bad signature before the function runs.
    const control = await world.show(target, withBadSignature(pairs), kind);
    return outcomeOf(control).by === 'cloudfront' ? true : undefined;
  });
}

/**
 * Whether the functions do not see a credential. A function that can read a policy refuses one that the service did not
 * sign.
 */
export async function isHidden(
  { alice, operator, show, sign }: World,
  kind: 'cookies' | 'query',
): Promise<boolean | undefined> {
  const wide = await sign(`${operator.filesOrigin}/users/${alice.id}/a*`);
  const { by, code } = outcomeOf(await show(alice.path, wide, kind));
  if (by === 'cloudfront') return undefined;
  return code !== 'policy_not_ours';
}
