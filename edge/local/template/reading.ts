import { Unresolved } from './intrinsics.ts';
import { isRecord } from './shape.ts';
import type { ResolvedTemplate, Resource } from './template.ts';
import type { Help } from './template-error.ts';

/** A part of a template that the local CloudFront does not take. */
export interface Fault {
  /** The place in the template, such as `Distribution.Origins[0].Id`, or in the bindings. */
  path: string;
  message: string;
  help?: Help;
}

/** One reading of a template. It collects every fault, and does not stop at the first. */
export interface Reading {
  template: ResolvedTemplate;
  faults: Fault[];
  /** The names of properties that are not modelled, and that the caller leaves out without a fault. */
  ignore: readonly string[];
  /** The path of each such property that was there, and of each one that is taken without its effect. */
  ignored: string[];
  /** Whether an id of a resource that the template does not make is taken, and noted, or is a fault. */
  takesForeignIds: boolean;
}

export function readingOf(
  template: ResolvedTemplate,
  options: Partial<Pick<Reading, 'ignore' | 'takesForeignIds'>> = {},
): Reading {
  const { ignore = [], takesForeignIds = false } = options;
  return { template, faults: [], ignore, ignored: [], takesForeignIds };
}

/** An object of the template. It is empty if the template has something else in its place. */
export interface Part {
  reading: Reading;
  path: string;
  value: Record<string, unknown>;
}

/** The properties that have no effect on this machine, each with its reason. */
export type WithoutEffect = Readonly<Record<string, string>>;

export const FOR_PEOPLE: WithoutEffect = { Name: 'a name for people', Comment: 'words for people' };

/** Reports a fault of a property. */
export function fault({ reading, path }: Part, name: string, message: string, help?: Help): void {
  reading.faults.push({ path: `${path}.${name}`, message, ...(help ? { help } : {}) });
}

/** Reports a value that is not known. */
export function faultOfUnknown(
  reading: Reading,
  path: string,
  { reason, valueName: name }: Unresolved,
): void {
  const help = name === undefined ? {} : { help: { option: 'value', name } as const };
  reading.faults.push({ path, message: reason, ...help });
}

/** Reports a property that is not modelled, unless the caller has left it out by its name. */
export function unmodelled(part: Part, name: string, words = 'it is not modelled'): void {
  const { reading, path } = part;
  if (reading.ignore.includes(name)) reading.ignored.push(`${path}.${name}`);
  else fault(part, name, words, { option: 'ignore', name });
}

/** Says that a property is taken, and what it does not do here. */
export function noteWithoutEffect({ reading, path }: Part, name: string, words: string): void {
  reading.ignored.push(`${path}.${name}: ${words}`);
}

/** A part that stands alone, such as the properties of a resource. */
export function partOf(reading: Reading, path: string, value: unknown): Part {
  return {
    reading,
    path,
    value: isRecord(value) ? value : (expected(reading, path, 'an object', value) ?? {}),
  };
}

/** Reports each property that is neither modelled nor without effect. */
export function known(part: Part, modelled: readonly string[], withoutEffect: WithoutEffect = {}): Part {
  for (const name of Object.keys(part.value)) {
    if (!modelled.includes(name) && !Object.hasOwn(withoutEffect, name)) unmodelled(part, name);
  }
  return part;
}

/** A property that is an object. */
export function readPart(
  { reading, path, value }: Part,
  name: string,
  modelled: readonly string[],
  withoutEffect: WithoutEffect = {},
): Part {
  return known(partOf(reading, `${path}.${name}`, value[name]), modelled, withoutEffect);
}

/** The same, if the property may be missing. */
export function readOptional(part: Part, name: string, modelled: readonly string[]): Part | undefined {
  return part.value[name] === undefined ? undefined : readPart(part, name, modelled);
}

/** A list. It is empty if the property is missing and may be. */
export function readList({ reading, path, value }: Part, name: string, fallback?: unknown[]): unknown[] {
  const found = value[name] ?? fallback;
  if (Array.isArray(found)) return found;
  expected(reading, `${path}.${name}`, 'a list', found);
  return [];
}

/** A list of objects. */
export function readParts(
  part: Part,
  name: string,
  modelled: readonly string[],
  fallback?: unknown[],
): Part[] {
  return partsOf(part, name, readList(part, name, fallback), modelled);
}

/** An object with nothing but a list under `Items`. The API adds its Quantity. */
export function readItems(part: Part, name: string): unknown[] {
  return readList(readPart(part, name, ['Items', 'Quantity']), 'Items');
}

/** The same, for a list of objects. */
export function readItemParts(part: Part, name: string, modelled: readonly string[]): Part[] {
  return partsOf(part, name, readItems(part, name), modelled);
}

function partsOf(
  { reading, path }: Part,
  name: string,
  items: readonly unknown[],
  modelled: readonly string[],
): Part[] {
  return items.map((item, index) => known(partOf(reading, `${path}.${name}[${index}]`, item), modelled));
}

export function readText({ reading, path, value }: Part, name: string, fallback?: string): string {
  return textAt(reading, `${path}.${name}`, value[name] ?? fallback);
}

export function readTexts(part: Part, name: string, fallback?: string[]): string[] {
  return readList(part, name, fallback).map((item, index) =>
    textAt(part.reading, `${part.path}.${name}[${index}]`, item),
  );
}

function textAt(reading: Reading, path: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  expected(reading, path, 'a string', value);
  return '';
}

export function readSeconds({ reading, path, value }: Part, name: string, fallback?: number): number {
  const found = value[name] ?? fallback;
  // CloudFormation takes strings for numbers, because parameters are strings.
  const seconds = typeof found === 'string' && /^\d+$/.test(found) ? Number(found) : found;
  if (typeof seconds === 'number' && seconds >= 0) return seconds;
  expected(reading, `${path}.${name}`, 'a number of seconds', found);
  return Number.NaN;
}

export function readFlag({ reading, path, value }: Part, name: string, fallback?: boolean): boolean {
  const found = value[name] ?? fallback;
  if (found === true || found === 'true') return true;
  if (found !== false && found !== 'false') expected(reading, `${path}.${name}`, 'true or false', found);
  return false;
}

/** A value that must be one of these. The others are not modelled. */
export function readOneOf<T>(part: Part, name: string, modelled: readonly T[], fallback?: T): T | undefined {
  const given = part.value[name] ?? fallback;
  const found = modelled.find((candidate) => candidate === given || String(candidate) === given);
  if (found !== undefined) return found;
  if (given instanceof Unresolved) faultOfUnknown(part.reading, `${part.path}.${name}`, given);
  else fault(part, name, `${JSON.stringify(given)} is not modelled`);
  return undefined;
}

/**
 * The resource of a type that a property refers to, by the value of `Ref` or by an ARN.
 * @param instead what happens here if another stack has made the resource
 */
export function readReferred(part: Part, name: string, type: string, instead: string): Resource | undefined {
  const path = `${part.path}.${name}`;
  return referred(part.reading, { path, type, ref: part.value[name], instead });
}

export function referred(
  reading: Reading,
  { path, type, ref, instead }: { path: string; type: string; ref: unknown; instead: string },
): Resource | undefined {
  const id = String(ref).replace(/.*\//, '');
  const found = reading.template.ofType(type).find((resource) => resource.ref === id);
  if (found) return found;
  const message = ref === undefined ? 'it is missing' : `${id} is not an ${type} of this template`;
  if (ref instanceof Unresolved) faultOfUnknown(reading, path, ref);
  else if (typeof ref === 'string' && reading.takesForeignIds)
    reading.ignored.push(`${path}: ${message}; ${instead}`);
  else reading.faults.push({ path, message });
  return undefined;
}

/**
 * The settings in a resource of CloudFront, whose only property has the name of its kind: `CachePolicyConfig` of a
 * CachePolicy.
 */
export function settingsOf(
  reading: Reading,
  { logicalId, type, properties }: Resource,
  modelled: readonly string[],
  withoutEffect: WithoutEffect = FOR_PEOPLE,
): Part {
  const kind = type.replace(/.*::/, '');
  const outer = known(partOf(reading, `${logicalId}: ${kind}`, properties), [`${kind}Config`]);
  const settings = partOf(reading, outer.path, outer.value[`${kind}Config`]);
  return known(settings, modelled, withoutEffect);
}

function expected(reading: Reading, path: string, kind: string, value: unknown): undefined {
  const message = value === undefined ? 'it is missing' : `it is not ${kind}`;
  if (value instanceof Unresolved) faultOfUnknown(reading, path, value);
  else reading.faults.push({ path, message });
  return undefined;
}
