import type { KeyObject } from 'node:crypto';
import { type CachePolicy, readCachePolicy, readErrorTtls } from './cache-policy.ts';
import { type EdgeFunctionSource, readFunctions } from './functions.ts';
import { type OriginBinding, readOrigins } from './origin-binding.ts';
import { type ResponseHeadersPolicy, readResponseHeadersPolicy } from './response-headers-policy.ts';
import { createShapeReader } from './shape.ts';
import { readTemplate } from './template.ts';
import { publicKeyConfig, readTrustedKeys } from './trusted-keys.ts';

/** The distribution, as far as it is modelled: all that a request needs to know of the template. */
export interface Distribution {
  id: string;
  origin: OriginBinding;
  allowedMethods: string[];
  viewerProtocolPolicy: 'allow-all' | 'https-only' | 'redirect-to-https';
  /** The keys of the trusted key groups, by key pair id. */
  trustedKeys: ReadonlyMap<string, KeyObject>;
  cachePolicy: CachePolicy;
  /** Seconds that an error is kept, by status. */
  errorTtlSeconds: ReadonlyMap<number, number>;
  functions: { viewerRequest?: EdgeFunctionSource; viewerResponse?: EdgeFunctionSource };
  responseHeadersPolicy?: ResponseHeadersPolicy;
}

export interface DistributionNames {
  region: string;
  accountId: string;
  origins: Readonly<Record<string, OriginBinding>>;
  keyPairIds: Readonly<Record<string, string>>;
}

const WITHOUT_EFFECT = {
  Aliases: 'the bindings name the one address that viewers type',
  Comment: 'words for people',
  HttpVersion: 'this server speaks HTTP/1.1; no answer differs by version',
  IPV6Enabled: 'the server listens on every loopback address there is',
  PriceClass: 'there is one edge location: this machine',
  ViewerCertificate: 'plain HTTP on loopback',
};

/**
 * Reads the one distribution of a synthesized template with all that it refers to.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function readDistribution(rawTemplate: unknown, names: DistributionNames): Distribution {
  const faults: string[] = [];
  const shape = createShapeReader(faults);
  const refs: Record<string, string> = {};
  for (const key of readTemplate(rawTemplate, names).ofType('AWS::CloudFront::PublicKey')) {
    const keyPairId = names.keyPairIds[publicKeyConfig(shape, key).name];
    if (keyPairId !== undefined) refs[key.logicalId] = keyPairId;
    else shape.fault(`bindings.keyPairIds has no ${publicKeyConfig(shape, key).name}`);
  }
  const template = readTemplate(rawTemplate, { region: names.region, accountId: names.accountId, refs });
  const resource = template.only('AWS::CloudFront::Distribution');
  const at = 'Distribution';
  const outer = shape.object(resource.properties, at, ['DistributionConfig']);
  const modelled = ['DefaultCacheBehavior', 'Origins', 'CustomErrorResponses', 'Enabled'];
  const config = shape.object(outer['DistributionConfig'], at, modelled, WITHOUT_EFFECT);
  shape.oneOf(config['Enabled'], `${at}.Enabled`, [true]);
  const behaviorAt = `${at}.DefaultCacheBehavior`;
  const behavior = shape.object(config['DefaultCacheBehavior'], behaviorAt, [
    ...['AllowedMethods', 'CachedMethods', 'CachePolicyId', 'Compress', 'FunctionAssociations'],
    ...['ResponseHeadersPolicyId', 'TargetOriginId', 'TrustedKeyGroups', 'ViewerProtocolPolicy'],
  ]);
  shape.oneOf(behavior['Compress'] ?? false, `${behaviorAt}.Compress`, [false]);
  const allowedMethods = behavior['AllowedMethods'] ?? ['GET', 'HEAD'];
  for (const [name, list] of [
    ['AllowedMethods', allowedMethods],
    ['CachedMethods', behavior['CachedMethods'] ?? ['GET', 'HEAD']],
  ] as const) {
    for (const method of shape.texts(list, `${behaviorAt}.${name}`)) {
      shape.oneOf(method, `${behaviorAt}.${name}`, ['GET', 'HEAD']);
    }
  }
  const policies = ['allow-all', 'https-only', 'redirect-to-https'] as const;
  const policyAt = `${behaviorAt}.ViewerProtocolPolicy`;
  const policyId = behavior['ResponseHeadersPolicyId'];
  const responseHeadersPolicy =
    policyId === undefined ? undefined : readResponseHeadersPolicy(shape, template, policyId);
  const distribution: Distribution = {
    id: resource.ref,
    origin: readOrigins(shape, template, names.origins, config['Origins'], behavior['TargetOriginId']),
    allowedMethods: shape.texts(allowedMethods, `${behaviorAt}.AllowedMethods`),
    viewerProtocolPolicy: shape.oneOf(behavior['ViewerProtocolPolicy'], policyAt, policies) ?? 'https-only',
    trustedKeys: readTrustedKeys(
      shape,
      template,
      behavior['TrustedKeyGroups'],
      `${behaviorAt}.TrustedKeyGroups`,
    ),
    cachePolicy: readCachePolicy(shape, template, behavior['CachePolicyId']),
    errorTtlSeconds: readErrorTtls(shape, config['CustomErrorResponses'] ?? []),
    functions: readFunctions(shape, template, behavior['FunctionAssociations'] ?? []),
    ...(responseHeadersPolicy ? { responseHeadersPolicy } : {}),
  };
  if (faults.length > 0) throw new Error([...new Set(faults)].join('\n'));
  return distribution;
}
