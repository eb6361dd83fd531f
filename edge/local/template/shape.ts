import { Unresolved } from './intrinsics.ts';

/**
 * Reads parsed JSON against the modelled shape. It collects every fault by its path, and does not stop at the first.
 */
export interface ShapeReader {
  /**
   * An object whose properties are modelled, or have no effect on this machine. `withoutEffect` gives a reason for each
   * property without effect. A property that is in neither list is a fault.
   */
  object(
    value: unknown,
    path: string,
    modelled: readonly string[],
    withoutEffect?: Readonly<Record<string, string>>,
  ): Record<string, unknown>;
  list(value: unknown, path: string): unknown[];
  text(value: unknown, path: string): string;
  texts(value: unknown, path: string): string[];
  seconds(value: unknown, path: string, fallback?: number): number;
  flag(value: unknown, path: string): boolean;
  /** A value that must be one of these. The others are not modelled. */
  oneOf<T>(value: unknown, path: string, modelled: readonly T[]): T | undefined;
  /** An object with nothing but a list under `Items`. The API adds its Quantity. */
  items(value: unknown, path: string): unknown[];
  /** Reports a property that is not modelled, unless the caller has left it out by its name. */
  unmodelled(path: string): void;
  fault(text: string): void;
}

/** The properties that are not modelled, and that the caller leaves out without a fault. */
export interface Ignored {
  names: readonly string[];
  /** Gets the path of each such property that was there. */
  found: string[];
}

export function createShapeReader(
  faults: string[],
  ignored: Ignored = { names: [], found: [] },
): ShapeReader {
  function expected(kind: string, value: unknown, path: string): void {
    if (value instanceof Unresolved) faults.push(`${path}: ${value.reason}`);
    else faults.push(value === undefined ? `${path} is missing` : `${path} is not ${kind}`);
  }

  function list(value: unknown, path: string): unknown[] {
    if (Array.isArray(value)) return value;
    expected('a list', value, path);
    return [];
  }

  function text(value: unknown, path: string): string {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    expected('a string', value, path);
    return '';
  }

  function unmodelled(path: string): void {
    if (ignored.names.some((name) => path.endsWith(`.${name}`))) ignored.found.push(path);
    else faults.push(`${path} is not modelled`);
  }

  function object(
    value: unknown,
    path: string,
    modelled: readonly string[],
    withoutEffect: Readonly<Record<string, string>> = {},
  ): Record<string, unknown> {
    if (!isRecord(value)) {
      expected('an object', value, path);
      return {};
    }
    for (const name of Object.keys(value)) {
      if (modelled.includes(name) || Object.hasOwn(withoutEffect, name)) continue;
      unmodelled(`${path}.${name}`);
    }
    return value;
  }

  return {
    list,
    text,
    object,
    unmodelled,
    texts: (value, path) => list(value, path).map((item, index) => text(item, `${path}[${index}]`)),
    seconds(value, path, fallback) {
      if (value === undefined && fallback !== undefined) return fallback;
      // CloudFormation takes strings for numbers, because parameters are strings.
      const seconds = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      if (typeof seconds === 'number' && seconds >= 0) return seconds;
      expected('a number of seconds', value, path);
      return 0;
    },
    flag(value, path) {
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      expected('true or false', value, path);
      return false;
    },
    oneOf(value, path, modelled) {
      const found = modelled.find((candidate) => candidate === value || String(candidate) === value);
      if (found !== undefined) return found;
      if (value instanceof Unresolved) expected('', value, path);
      else faults.push(`${path}: ${JSON.stringify(value)} is not modelled`);
      return undefined;
    },
    items: (value, path) => list(object(value, path, ['Items', 'Quantity'])['Items'], `${path}.Items`),
    fault(words) {
      faults.push(words);
    },
  };
}

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

export function isFalse(value: unknown): boolean {
  return value === false || value === 'false';
}
