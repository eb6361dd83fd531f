import type { Cases } from './templates.ts';

/** Cache keys and lifetimes. */
export const CACHING: Cases = {
  'browsers ask each time': {
    change: [['private, max-age=900', 'private, no-cache, max-age=31536000']],
    finds: [],
  },
  'a cookie of the signature in the cache key': {
    change: [['CookieBehavior: none', 'CookieBehavior: whitelist, Cookies: [CloudFront-Policy]']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'cookies in the cache key': {
    change: [['CookieBehavior: none', 'CookieBehavior: all']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'the signature in the cache key': {
    change: [['QueryStrings: [v]', 'QueryStrings: [v, Signature]']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any query in the cache key': {
    change: [['QueryStringBehavior: whitelist, QueryStrings: [v]', 'QueryStringBehavior: all']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any query, the older way': {
    change: [
      ['CachePolicyId: !Ref Cache', 'ForwardedValues: { QueryString: true, Cookies: { Forward: none } }'],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].ForwardedValues'],
  },
  'everything in the key of a cache that keeps nothing': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      ['DefaultTTL: 3600\n        MaxTTL: 31536000', 'DefaultTTL: 0\n        MaxTTL: 0'],
    ],
    finds: [],
  },
  'a TTL of two days': {
    change: [['MinTTL: 0\n        DefaultTTL: 3600', 'MinTTL: 172800\n        DefaultTTL: 172800']],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'a TTL of an hour, where policies live for less': {
    change: [],
    seconds: 900,
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'browsers keep it for a year': {
    change: [['private, max-age=900', 'max-age=31536000, immutable']],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].ResponseHeadersPolicyId'],
  },
};
