import { Unresolved } from './intrinsics.ts';
import { MANAGED_POLICIES, type PolicyType } from './managed-policies.ts';
import { isRecord } from './shape.ts';
import type { ResolvedTemplate, Resource } from './template.ts';
import type { Help } from './template-error.ts';

/** A part of a template that the local CloudFront refuses. */
export interface Fault {
  /** The place in the template, such as `Distribution.Origins[0].Id`, or in the bindings. */
  path: string;
  message: string;
  help?: Help;
}

/** Reading a template collects every fault, instead of stopping at the first one. */
export interface Context {
  template: ResolvedTemplate;
  faults: Fault[];
  /** The names of properties that are not modelled, and that the caller leaves out without a fault. */
  ignore: readonly string[];
  /** The path of each such property that was there, and of each one that is accepted without its effect. */
  ignored: string[];
  /** Whether the id of a resource that is not in the template is accepted, and noted, or is a fault. */
  takesForeignIds: boolean;
}

export function contextOf(
  template: ResolvedTemplate,
  options: Partial<Pick<Context, 'ignore' | 'takesForeignIds'>> = {},
): Context {
  return { template, faults: [], ignore: [], ignored: [], takesForeignIds: false, ...options };
}

/** A value at its place in the template. */
export interface Field {
  context: Context;
  path: string;
  value: unknown;
}

/**
 * Reads the value of a field. A value that does not fit is reported as a fault, and an empty value of the same kind is
 * returned, so that the other faults are found too.
 */
export type Schema<T> = (field: Field) => T;

export function fault({ context, path }: Field, message: string, help?: Help): void {
  context.faults.push({ path, message, ...(help ? { help } : {}) });
}

/** Reports a property that is accepted, and what it does not do here. */
export function note({ context, path }: Field, words: string): void {
  context.ignored.push(`${path}: ${words}`);
}

/** Reports a property that is not modelled, unless the caller has left it out by its name. */
export function unmodelled(field: Field, words = 'it is not modelled'): void {
  const { context, path } = field;
  const name = path.replace(/.*\./, '');
  if (context.ignore.includes(name)) context.ignored.push(path);
  else fault(field, words, { option: 'ignore', name });
}

function wrong(field: Field, message: string): void {
  const { value } = field;
  if (!(value instanceof Unresolved)) fault(field, value === undefined ? 'it is missing' : message);
  else
    fault(
      field,
      value.reason,
      value.valueName === undefined ? undefined : { option: 'value', name: value.valueName },
    );
}

/** A property of an object. */
export function member(field: Field, name: string): Field {
  const { value } = field;
  return { ...field, path: `${field.path}.${name}`, value: isRecord(value) ? value[name] : undefined };
}

export const anything: Schema<unknown> = ({ value }) => value;

export function text(fallback?: string): Schema<string> {
  return (field) => {
    const { value = fallback } = field;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    wrong(field, 'it is not a string');
    return '';
  };
}

/** CloudFormation accepts strings for numbers and flags, because parameters are strings. */
export function seconds(fallback?: number): Schema<number> {
  return (field) => {
    const { value = fallback } = field;
    const found = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof found === 'number' && found >= 0) return found;
    wrong(field, 'it is not a number of seconds');
    return Number.NaN;
  };
}

export function flag(fallback?: boolean): Schema<boolean> {
  return (field) => {
    const { value = fallback } = field;
    if (value === true || value === 'true') return true;
    if (value !== false && value !== 'false') wrong(field, 'it is not true or false');
    return false;
  };
}

/** The other values are not modelled. */
export function oneOf<const T>(modelled: readonly [T, ...T[]], fallback?: T): Schema<T> {
  return (field) => {
    const { value = fallback } = field;
    const found = modelled.find((candidate) => candidate === value || String(candidate) === value);
    if (found === undefined) wrong(field, `${JSON.stringify(value)} is not modelled`);
    return found ?? modelled[0];
  };
}

export function list<T>(item: Schema<T>, fallback?: unknown[]): Schema<T[]> {
  return (field) => {
    const { value = fallback, path } = field;
    if (!Array.isArray(value)) wrong(field, 'it is not a list');
    return (Array.isArray(value) ? value : []).map((inner, index) =>
      item({ ...field, path: `${path}[${index}]`, value: inner }),
    );
  };
}

/** A list under `Items`, beside which the API has its Quantity. */
export function items<T>(item: Schema<T>, fallback?: unknown): Schema<T[]> {
  return map(object({ Items: list(item), Quantity: anything }, fallback), (it) => it.Items);
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return (field) => (field.value === undefined ? undefined : schema(field));
}

/** The runtime form of a value. */
export function map<T, To>(schema: Schema<T>, to: (value: T) => To): Schema<To> {
  return (field) => to(schema(field));
}

type Members = Readonly<Record<string, Schema<unknown>>>;
type Read<S> = { [Name in keyof S]: S[Name] extends Schema<infer T> ? T : never };

/** An object. A property that the schema does not name is not modelled. */
export function object<const S extends Members>(members: S, fallback?: unknown): Schema<Read<S>> {
  return (given) => {
    const { value = fallback } = given;
    const field = { ...given, value };
    if (!isRecord(value)) wrong(field, 'it is not an object');
    for (const name of Object.keys(isRecord(value) ? value : {}))
      if (!Object.hasOwn(members, name)) unmodelled(member(field, name));
    return parseMembers(members, field);
  };
}

function parseMembers<S extends Members>(members: S, field: Field): Read<S> {
  const read = Object.entries(members).map(([name, schema]) => [name, schema(member(field, name))]);
  return Object.fromEntries(read) as Read<S>;
}

/** A value for which `problemOf` finds no problem. */
export function checked<T>(schema: Schema<T>, problemOf: (value: T) => string | undefined): Schema<T> {
  return (field) => {
    const value = schema(field);
    const problem = problemOf(value);
    if (problem !== undefined) fault(field, problem);
    return value;
  };
}

/** Templates leave properties empty rather than out. */
function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isRecord(value) && 'Enabled' in value) return isGiven(value['Enabled']);
  return value !== undefined && value !== '' && value !== false && value !== 'false';
}

/** A property that has no effect on this machine, for the reason in words. */
export function withoutEffect(_reason: string): Schema<undefined> {
  return () => undefined;
}

/** A property whose effect somebody could miss here. */
export function noted(words: string): Schema<void> {
  return (field) => {
    if (isGiven(field.value)) note(field, words);
  };
}

/** A property that is accepted only if it is empty. */
export function refused(words?: string): Schema<void> {
  return (field) => {
    if (isGiven(field.value)) unmodelled(field, words);
  };
}

/**
 * The resource of a type that a property refers to, by the value of `Ref` or by an ARN.
 * @param instead what happens here if the resource is not in the template
 */
export function reference<T>(
  type: string,
  instead: string,
  read: (resource: Resource, context: Context) => T,
): Schema<T | undefined> {
  return (field) => {
    const { context, value } = field;
    const id = String(value).replace(/.*\//, '');
    const found = context.template.ofType(type).find((resource) => resource.ref === id);
    if (found) return read(found, context);
    const message = `${id} is not an ${type} of this template`;
    if (typeof value === 'string' && context.takesForeignIds) note(field, `${message}; ${instead}`);
    else wrong(field, message);
    return undefined;
  };
}

/** The properties of a resource. */
export function propertiesOf({ logicalId, type, properties }: Resource, context: Context): Field {
  return { context, path: `${logicalId}: ${type.replace(/.*::/, '')}`, value: properties };
}

/** The settings of a resource whose property has the name of its kind: `CachePolicyConfig` of a CachePolicy. */
export function configOf<T>(schema: Schema<T>): (resource: Resource, context: Context) => T {
  return (resource, context) => {
    const name = `${resource.type.replace(/.*::/, '')}Config`;
    const field = propertiesOf(resource, context);
    object({ [name]: anything, Tags: withoutEffect('words for people') })(field);
    return schema({ ...field, value: member(field, name).value });
  };
}

/** A policy: one that AWS manages, or one of the template. */
export function policy<T extends object>(
  type: PolicyType,
  instead: string,
  schema: Schema<T>,
): Schema<(T & { isManaged: boolean }) | undefined> {
  const own = reference(type, instead, configOf(schema));
  return (field) => {
    const managed = MANAGED_POLICIES[type].get(field.value);
    if (managed) return { ...schema({ ...field, value: managed }), isManaged: true };
    const found = own(field);
    return found && { ...found, isManaged: false };
  };
}

export const FOR_PEOPLE = {
  Name: withoutEffect('a name for people'),
  Comment: withoutEffect('words for people'),
};
