import { isRecord } from '../../../../edge/local/template/shape.ts';
import { TEMPLATE } from './edge.ts';

export const DISTRIBUTION = 'AWS::CloudFront::Distribution';

/** Gives a part of a template, by the type of the resource and the path below its Properties. */
export type At = (type: string, ...path: string[]) => Record<string, unknown>;

/** A copy of the real template with changes. */
export function changedTemplate(change: (at: At, resources: Record<string, unknown>) => void): unknown {
  const copy = structuredClone(TEMPLATE);
  const resources = recordOf(copy['Resources']);
  change((type, ...path) => {
    const found = Object.values(resources).find((resource) => recordOf(resource)['Type'] === type);
    return ['Properties', ...path].reduce((place, name) => recordOf(place[name]), recordOf(found));
  }, resources);
  return copy;
}

export function recordOf(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Error('the template has another shape than the test');
  return value;
}

/** A template by hand: one behavior, which goes to the first of these origins and keeps what it gives. */
export function distributionTemplate(
  origins: readonly { Id: string; DomainName: unknown; [name: string]: unknown }[],
  behavior: Record<string, unknown>,
  resources: Record<string, unknown> = {},
) {
  const optimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';
  const usual = {
    TargetOriginId: origins[0]?.Id,
    ViewerProtocolPolicy: 'allow-all',
    CachePolicyId: optimized,
  };
  const config = { Enabled: true, Origins: origins, DefaultCacheBehavior: { ...usual, ...behavior } };
  return {
    Resources: { ...resources, Web: { Type: DISTRIBUTION, Properties: { DistributionConfig: config } } },
  };
}
