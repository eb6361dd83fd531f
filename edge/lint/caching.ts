import type { CachePolicy } from '@cloudfront-cookie-gateway/local-cloudfront/template/cache-policy';
import type { Finding } from './finding.ts';
import type { Behavior, Stack } from './stack.ts';
import { cachePolicyOf, responseHeadersOf } from './stack.ts';

/** A name that no policy lists. If a policy takes this name, it takes every name. */
const UNLISTED = 'a-name-that-no-policy-lists';
const SIGNING_COOKIES = ['Policy', 'Signature', 'Key-Pair-Id', 'Expires'].map((name) => `CloudFront-${name}`);
const SIGNING_PARAMETERS = ['Policy', 'Signature', 'Key-Pair-Id', 'Expires', 'Hash-Algorithm'];

/** @param policySeconds the longest life of a policy */
export function cacheFindings(stack: Stack, policySeconds: number): Finding[] {
  return stack.distributions.flatMap(({ behaviors }) =>
    behaviors
      .filter(({ isSigned }) => isSigned)
      .flatMap((behavior) => {
        const policy = cachePolicyOf(stack, behavior);
        const edge = policy
          ? [...keyFindings(behavior, policy), ...ttlFindings(behavior, policy, policySeconds)]
          : [];
        return [...edge, ...browserFindings(stack, behavior, policySeconds)];
      }),
  );
}

function keyFindings({ distribution, property, raw }: Behavior, policy: CachePolicy): Finding[] {
  const { takesCookie, takesQueryString, defaultTtlSeconds, minTtlSeconds, maxTtlSeconds } = policy;
  const isKept = maxTtlSeconds > 0 && (defaultTtlSeconds > 0 || minTtlSeconds > 0);
  if (!isKept) return [];
  const at = raw['CachePolicyId'] === undefined ? 'ForwardedValues' : 'CachePolicyId';
  const finding = (problem: string, what: string): Finding => ({
    rule: 'signing-defeats-cache',
    level: 'warning',
    resource: distribution,
    property: `${property}.${at}`,
    problem,
    do: what,
  });
  const found: Finding[] = [];
  const cookies = SIGNING_COOKIES.filter((name) => takesCookie?.(name));
  if (takesCookie?.(UNLISTED) || cookies.length > 0) {
    found.push(
      finding(
        takesCookie?.(UNLISTED)
          ? 'All cookies are in the cache key: each viewer has copies of their own, and new ones with each renewal of signed cookies.'
          : `${cookies.join(', ')} in the cache key: each signature has copies of its own.`,
        'Leave the cookies out of the cache key; CloudFront checks signed cookies without it.',
      ),
    );
  }
  const parameters = SIGNING_PARAMETERS.filter((name) => takesQueryString(name));
  if (takesQueryString(UNLISTED) || parameters.length > 0) {
    found.push(
      finding(
        takesQueryString(UNLISTED)
          ? 'The whole query is in the cache key, so anybody with signed cookies gets past the cache with any ?x=1.'
          : `${parameters.join(', ')} in the cache key: each signature has copies of its own.`,
        'List the query strings that change the answer, and no others.',
      ),
    );
  }
  return found;
}

function ttlFindings(
  { distribution, property, raw }: Behavior,
  { minTtlSeconds, defaultTtlSeconds }: CachePolicy,
  policySeconds: number,
): Finding[] {
  const seconds = Math.max(minTtlSeconds, defaultTtlSeconds);
  if (seconds <= policySeconds) return [];
  return [
    {
      rule: 'ttl-outlives-policy',
      level: 'warning',
      resource: distribution,
      property: `${property}.${raw['CachePolicyId'] === undefined ? 'DefaultTTL' : 'CachePolicyId'}`,
      problem: `A replaced or deleted object is served for up to ${seconds} s more; lint assumes that a policy lives ${policySeconds} s at most (--seconds).`,
      do: 'Lower the TTLs to the life of a policy, or let the origin send its own Cache-Control under a low DefaultTTL.',
    },
  ];
}

/** A browser asks no server before `max-age` is over. */
function browserFindings(stack: Stack, behavior: Behavior, policySeconds: number): Finding[] {
  const policy = responseHeadersOf(stack, behavior);
  const { value = '' } = policy?.headers.find(({ name }) => name === 'cache-control') ?? {};
  const seconds = Number(/\bmax-age=(\d+)/i.exec(value)?.[1] ?? 0);
  if (seconds <= policySeconds || /\bno-(?:store|cache)\b/i.test(value)) return [];
  return [
    {
      rule: 'ttl-outlives-policy',
      level: 'warning',
      resource: behavior.distribution,
      property: `${behavior.property}.ResponseHeadersPolicyId`,
      problem: `Browsers keep private files for ${seconds} s, also on shared computers; lint assumes that a policy lives ${policySeconds} s at most (--seconds).`,
      do: 'Set Cache-Control to private with a max-age that is no longer than a policy lives.',
    },
  ];
}
