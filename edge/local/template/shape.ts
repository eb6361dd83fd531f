import { Unresolved } from './intrinsics.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unresolved)
  );
}

/** Templates are read leniently here: a value of an unexpected kind counts as missing. */
export function recordAt(value: unknown, ...path: string[]): Record<string, unknown> {
  let place = value;
  for (const name of path) place = isRecord(place) ? place[name] : undefined;
  return isRecord(place) ? place : {};
}

/** A list. It may also be a single item, or stand under `Items`, as the API has it beside its `Quantity`. */
export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (isRecord(value) && Array.isArray(value['Items'])) return value['Items'];
  if (isRecord(value) && 'Quantity' in value) return [];
  return value === undefined || value === null ? [] : [value];
}

export function textsOf(value: unknown): string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** CloudFormation takes both spellings. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
