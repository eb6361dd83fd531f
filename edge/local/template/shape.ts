import type { ResolvedTemplate, Resource } from './template.ts';

/** Reads parsed JSON against what is modelled, and collects every fault by its path instead of stopping at the first. */
export interface ShapeReader {
  /**
   * An object of which every property is either modelled or, for the reason given, without effect on this machine.
   * A property that is in neither list is a fault.
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
  seconds(value: unknown, path: string): number;
  flag(value: unknown, path: string): boolean;
  /** A value that has to be one of these, since the others are not modelled. */
  oneOf<T>(value: unknown, path: string, modelled: readonly T[]): T | undefined;
  fault(text: string): void;
}

export function createShapeReader(faults: string[]): ShapeReader {
  function expected(kind: string, value: unknown, path: string): void {
    faults.push(value === undefined ? `${path} is missing` : `${path} is not ${kind}`);
  }

  function list(value: unknown, path: string): unknown[] {
    if (Array.isArray(value)) return value;
    expected('a list', value, path);
    return [];
  }

  function text(value: unknown, path: string): string {
    if (typeof value === 'string') return value;
    expected('a string', value, path);
    return '';
  }

  return {
    list,
    text,
    object(value, path, modelled, withoutEffect = {}) {
      if (!isRecord(value)) {
        expected('an object', value, path);
        return {};
      }
      for (const name of Object.keys(value)) {
        if (!modelled.includes(name) && !Object.hasOwn(withoutEffect, name)) {
          faults.push(`${path}.${name} is not modelled`);
        }
      }
      return value;
    },
    texts: (value, path) => list(value, path).map((item, index) => text(item, `${path}[${index}]`)),
    seconds(value, path) {
      if (typeof value === 'number' && value >= 0) return value;
      expected('a number of seconds', value, path);
      return 0;
    },
    flag(value, path) {
      if (typeof value === 'boolean') return value;
      expected('true or false', value, path);
      return false;
    },
    oneOf(value, path, modelled) {
      const found = modelled.find((candidate) => candidate === value);
      if (found === undefined) faults.push(`${path}: ${JSON.stringify(value)} is not modelled`);
      return found;
    },
    fault(words) {
      faults.push(words);
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The resource of a type that a property refers to by what `Ref` gives. */
export function referred(
  shape: ShapeReader,
  template: ResolvedTemplate,
  type: string,
  ref: unknown,
  path: string,
): Resource | undefined {
  const found = template.ofType(type).find((resource) => resource.ref === ref);
  if (!found) shape.fault(`${path}: ${String(ref)} is no ${type} of this template`);
  return found;
}
