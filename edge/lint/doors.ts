import { chooseBehavior } from '@cloudfront-cookie-gateway/local-cloudfront/behavior';
import { type Found, GUIDE, type Rule } from './finding.ts';
import { type Behavior, type Distribution, functionsOf, type Origin, type Stack } from './stack.ts';
import { createTrial, decoded } from './trial.ts';

/** Each unsigned behavior, of any distribution, that leads to the files of a signed behavior. */
export const unsignedSharesOrigin: Rule = {
  name: 'unsigned-shares-origin',
  page: `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern`,
  async check(stack) {
    const { distributions } = stack;
    const signed = distributions.flatMap(({ behaviors }) => behaviors.filter(({ isSigned }) => isSigned));
    const found: Found[] = [];
    for (const distribution of distributions) {
      for (const behavior of distribution.behaviors.filter(({ isSigned }) => !isSigned)) {
        const finding = await doorOf(stack, distribution, behavior, signed);
        if (finding) found.push(finding);
      }
    }
    return found;
  },
};

async function doorOf(
  stack: Stack,
  distribution: Distribution,
  behavior: Behavior,
  signed: Behavior[],
): Promise<Found | undefined> {
  const shared = signed.flatMap((kept) =>
    kept.origins.flatMap((keptOrigin) =>
      behavior.origins
        .filter((origin) => isShared(origin, keptOrigin))
        .map((origin) => ({ kept, keptOrigin, origin })),
    ),
  );
  const [first] = shared;
  if (!first) return undefined;
  const found = { resource: distribution.logicalId };
  const property = `${behavior.property}.TargetOriginId`;
  for (const { kept, keptOrigin, origin } of shared) {
    const path = await wayIn(stack, distribution, behavior, { kept, keptOrigin, origin });
    if (path === undefined) continue;
    return {
      ...found,
      level: 'error',
      property,
      problem: `${path} is served without a signature, but it is a file of ${patternOf(kept, behavior)}.`,
      do: 'Sign this behavior too, or give it an origin of its own: another bucket, or another OriginPath.',
    };
  }
  return {
    ...found,
    level: 'warning',
    property,
    problem: `This behavior has the same origin as ${patternOf(first.kept, behavior)}: only a path pattern keeps private files from everybody.`,
    do: 'Give the public files an origin of their own: another bucket, or another OriginPath.',
  };
}

function patternOf({ pathPattern, distribution }: Behavior, from: Behavior): string {
  const pattern = `the signed behavior ${pathPattern}`;
  return distribution === from.distribution ? pattern : `${pattern} of ${distribution}`;
}

/**
 * The two origins are the same place, and one path is below the other. A request cannot reach files outside its
 * origin's path.
 */
function isShared(one: Origin, other: Origin): boolean {
  const [a, b] = [`${one.path}/`, `${other.path}/`];
  return one.place === other.place && (a.startsWith(b) || b.startsWith(a));
}

/**
 * A path by which a bucket gives a signed file through an unsigned behavior. S3 decodes characters that path patterns
 * do not decode.
 */
async function wayIn(
  stack: Stack,
  { behaviors, host }: Distribution,
  behavior: Behavior,
  { kept, keptOrigin, origin }: { kept: Behavior; keptOrigin: Origin; origin: Origin },
): Promise<string | undefined> {
  if (origin.kind === 'server') return undefined;
  const trial = createTrial(functionsOf(stack, behavior).viewerRequest, host);
  const sample = `/${kept.pathPattern.replace(/^\//, '').replaceAll('*', 'a').replaceAll('?', 'a')}`;
  const key = `${keptOrigin.path}${sample}`;
  if (!key.startsWith(`${origin.path}/`)) return undefined;
  const path = key.slice(origin.path.length);
  for (const rawPath of spellings(path, behavior)) {
    if (chooseBehavior(behaviors, rawPath) !== behavior) continue;
    const uri = await trial?.uriOf({ rawPath, folder: '/' });
    if (uri !== undefined && `${origin.path}${decoded(uri)}` === key) return rawPath;
  }
  return undefined;
}

/**
 * The path unchanged, and the path with encoded slashes. Then the same paths with the beginning of the behavior's
 * pattern in front. A function may remove that beginning.
 */
function spellings(path: string, { pathPattern }: Behavior): string[] {
  const segments = path.slice(1).split('/');
  const prefix = `/${pathPattern.replace(/^\//, '')}`.replace(/\/?[*?].*/, '');
  const ways = [path, `/${segments.join('%2F')}`, `/${segments.join('%2f')}`];
  return [...ways, ...ways.map((way) => `${prefix}${way}`)];
}
