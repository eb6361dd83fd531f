import { type CacheBehavior, readCacheBehaviors } from './cache-behavior.ts';
import { readErrorTtls } from './cache-policy.ts';
import { type OriginBinding, readOrigins } from './origin-binding.ts';
import { createShapeReader } from './shape.ts';
import { readTemplate } from './template.ts';
import { publicKeyConfig } from './trusted-keys.ts';

/** The distribution, as far as it is modelled: all that a request needs to know of the template. */
export interface Distribution {
  id: string;
  /** In the order in which they are tried; the last one is the default, which takes every path. */
  behaviors: CacheBehavior[];
  /** Seconds that an error is kept at least, by status. */
  errorTtlSeconds: ReadonlyMap<number, number>;
}

export interface DistributionNames {
  region: string;
  accountId: string;
  origins: Readonly<Record<string, OriginBinding>>;
  keyPairIds: Readonly<Record<string, string>>;
}

const WITHOUT_EFFECT = {
  Aliases: 'the bindings name the addresses that viewers type',
  Comment: 'words for people',
  HttpVersion: 'this server speaks HTTP/1.1; no answer differs by version',
  IPV6Enabled: 'the server listens on every loopback address there is',
  PriceClass: 'there is one edge location: this machine',
  ViewerCertificate: 'the bindings bring the certificate, where there is one',
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
  const modelled = ['CacheBehaviors', 'DefaultCacheBehavior', 'Origins', 'CustomErrorResponses', 'Enabled'];
  const config = shape.object(outer['DistributionConfig'], at, modelled, WITHOUT_EFFECT);
  shape.oneOf(config['Enabled'], `${at}.Enabled`, [true]);
  const origins = readOrigins(shape, template, names.origins, config['Origins']);
  const distribution: Distribution = {
    id: resource.ref,
    behaviors: readCacheBehaviors(shape, template, origins, config),
    errorTtlSeconds: readErrorTtls(shape, config['CustomErrorResponses'] ?? []),
  };
  if (faults.length > 0) throw new Error([...new Set(faults)].join('\n'));
  return distribution;
}
