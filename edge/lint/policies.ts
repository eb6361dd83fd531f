import { type CachePolicy, readCachePolicy } from '../local/template/cache-policy.ts';
import { readForwardedValues } from '../local/template/forwarded-values.ts';
import { type EdgeFunctionSource, readFunctions } from '../local/template/functions.ts';
import { listOf } from '../local/template/lenient.ts';
import {
  MANAGED_CACHE_POLICIES,
  MANAGED_RESPONSE_HEADERS_POLICIES,
} from '../local/template/managed-policies.ts';
import {
  type ResponseHeadersPolicy,
  readResponseHeadersPolicy,
} from '../local/template/response-headers-policy.ts';
import { createShapeReader, type ShapeReader } from '../local/template/shape.ts';
import type { Behavior, Stack } from './stack.ts';

/** The policy that a behavior refers to, as the local CloudFront reads it. Undefined if it cannot be resolved. */
export function cachePolicyOf(stack: Stack, behavior: Behavior): CachePolicy | undefined {
  const { raw, property } = behavior;
  const id = raw['CachePolicyId'];
  return readOrUnseen(stack, behavior, (shape) =>
    id === undefined
      ? readForwardedValues(shape, raw, false, property).cachePolicy
      : (MANAGED_CACHE_POLICIES.get(id) ??
        readCachePolicy(shape, stack.template, id, `${property}.CachePolicyId`)),
  );
}

export function responseHeadersOf(stack: Stack, behavior: Behavior): ResponseHeadersPolicy | undefined {
  const id = behavior.raw['ResponseHeadersPolicyId'];
  if (id === undefined) return undefined;
  return readOrUnseen(
    stack,
    behavior,
    (shape) =>
      MANAGED_RESPONSE_HEADERS_POLICIES.get(id) ??
      readResponseHeadersPolicy(shape, stack.template, id, `${behavior.property}.ResponseHeadersPolicyId`),
  );
}

/** The functions whose code is in the template. */
export function functionsOf(
  { template, unseen }: Stack,
  { raw, distribution, property }: Behavior,
): { viewerRequest?: EdgeFunctionSource; viewerResponse?: EdgeFunctionSource } {
  const faults: string[] = [];
  const associations = listOf(raw['FunctionAssociations']);
  const at = `${property}.FunctionAssociations`;
  const found = readFunctions(createShapeReader(faults), template, associations, at);
  for (const fault of faults) unseen.add(`${distribution}: ${fault}`);
  for (const source of Object.values(found)) {
    if (source.keyValueStore)
      unseen.add(
        `Function ${source.name}: the entries of its KeyValueStore; the function was tried without entries`,
      );
  }
  return found;
}

function readOrUnseen<T>(
  { unseen }: Stack,
  { distribution }: Behavior,
  read: (shape: ShapeReader) => T,
): T | undefined {
  const faults: string[] = [];
  const found = read(createShapeReader(faults));
  if (faults.length === 0) return found;
  unseen.add(`${distribution}: ${faults[0]}`);
  return undefined;
}
