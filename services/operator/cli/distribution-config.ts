import {
  isRecord,
  isTrue,
  listOf,
  recordAt,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';

/**
 * CloudFront's API configuration of a distribution, in CloudFormation's form. Lists lose their Quantity. Properties
 * that are turned off or empty are left out. Some properties get other names.
 */
export function templateConfigOf(raw: unknown): Record<string, unknown> {
  const config = recordAt(raw);
  const kept = [
    'Comment',
    'DefaultRootObject',
    'Enabled',
    'HttpVersion',
    'IsIPV6Enabled',
    'PriceClass',
    'WebACLId',
  ];
  const { IsIPV6Enabled, ...same } = pick(config, kept);
  const geo = recordAt(config, 'Restrictions', 'GeoRestriction');
  const logging = recordAt(config, 'Logging');
  const groups = listOf(config['OriginGroups']);
  return {
    ...same,
    IPV6Enabled: IsIPV6Enabled,
    Staging: isTrue(config['Staging']),
    Aliases: listOf(config['Aliases']),
    Origins: listOf(config['Origins']).map(originOf),
    ...(groups.length > 0 ? { OriginGroups: { Items: groups } } : {}),
    DefaultCacheBehavior: behaviorOf(config['DefaultCacheBehavior']),
    CacheBehaviors: listOf(config['CacheBehaviors']).map(behaviorOf),
    CustomErrorResponses: listOf(config['CustomErrorResponses']).map(withoutEmpty),
    ...(isTrue(logging['Enabled']) ? { Logging: pick(logging, ['Bucket', 'Prefix', 'IncludeCookies']) } : {}),
    ...(geo['RestrictionType'] === undefined
      ? {}
      : {
          Restrictions: {
            GeoRestriction: { RestrictionType: geo['RestrictionType'], Locations: listOf(geo) },
          },
        }),
  };
}

function originOf(raw: unknown): Record<string, unknown> {
  const origin = recordAt(raw);
  const { CustomHeaders: headers, CustomOriginConfig: custom, OriginShield: shield, ...same } = origin;
  return {
    ...withoutEmpty(same),
    OriginCustomHeaders: listOf(headers),
    ...(isTrue(recordAt(shield)['Enabled']) ? { OriginShield: shield } : {}),
    ...(isRecord(custom)
      ? {
          CustomOriginConfig: { ...custom, OriginSslProtocols: undefined, OriginSSLProtocols: sslOf(custom) },
        }
      : {}),
  };
}

function sslOf(custom: Record<string, unknown>): unknown[] {
  return listOf(custom['OriginSslProtocols']);
}

function behaviorOf(raw: unknown): Record<string, unknown> {
  const behavior = recordAt(raw);
  const trusted = (name: string) =>
    isTrue(recordAt(behavior[name])['Enabled']) ? listOf(behavior[name]) : [];
  const methods = recordAt(behavior['AllowedMethods']);
  const values = recordAt(behavior['ForwardedValues']);
  const isOld = isRecord(behavior['ForwardedValues']);
  const kept = [
    'PathPattern',
    'TargetOriginId',
    'ViewerProtocolPolicy',
    'Compress',
    'CachePolicyId',
    'OriginRequestPolicyId',
    'ResponseHeadersPolicyId',
    'RealtimeLogConfigArn',
  ];
  return {
    ...withoutEmpty(pick(behavior, kept)),
    ...(isOld ? pick(behavior, ['MinTTL', 'DefaultTTL', 'MaxTTL']) : {}),
    ...(isOld ? { ForwardedValues: forwardedOf(values) } : {}),
    AllowedMethods: listOf(methods),
    CachedMethods: listOf(methods['CachedMethods']),
    TrustedKeyGroups: trusted('TrustedKeyGroups'),
    TrustedSigners: trusted('TrustedSigners'),
    FunctionAssociations: listOf(behavior['FunctionAssociations']),
    LambdaFunctionAssociations: listOf(behavior['LambdaFunctionAssociations']),
  };
}

function forwardedOf(values: Record<string, unknown>): Record<string, unknown> {
  const cookies = recordAt(values['Cookies']);
  return {
    QueryString: isTrue(values['QueryString']),
    Cookies: {
      Forward: cookies['Forward'],
      WhitelistedNames: listOf(cookies['WhitelistedNames']),
    },
    Headers: listOf(values['Headers']),
    QueryStringCacheKeys: listOf(values['QueryStringCacheKeys']),
  };
}

/** A policy in CloudFormation's form, without Quantities. */
export function withPlainLists(raw: unknown): unknown {
  if (!isRecord(raw)) return raw;
  if (typeof raw['Quantity'] === 'number') return listOf(raw);
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, withPlainLists(value)]));
}

/** The same, but CloudFormation keeps `Items` here. */
export function withoutQuantities(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(withoutQuantities);
  if (!isRecord(raw)) return raw;
  const { Quantity, ...rest } = raw;
  const isEmptyList = Quantity !== undefined && rest['Items'] === undefined;
  const own = isEmptyList ? { ...rest, Items: [] } : rest;
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, withoutQuantities(value)]));
}

function pick(record: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, record[name]]));
}

function withoutEmpty(raw: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(recordAt(raw)).filter(([, value]) => value !== ''));
}
