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
