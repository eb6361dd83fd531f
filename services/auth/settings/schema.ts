import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { isDevelopmentOrigin, type SettingFault } from '@cloudfront-cookie-gateway/core/origins';
import { COOKIE_SECONDS, KEPT_DAYS, RECHECK_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';

/**
 * The rules for both spellings of a setting: in the environment of the service (environment.ts), and in the values.json
 * of a deployment (infra/values-schema.ts). A schema's `description` follows `must be` in a message.
 */
export interface Fault extends SettingFault {
  kind: 'missing' | 'unknown' | 'wrong';
}

export type ReportFault = (path: string, message: string) => void;

/** The given members, and the default of each required member that is left out. */
export function withDefaults(schema: Type.TObject, given: object): Record<string, unknown> {
  const defaults = schema.required.flatMap((name) => {
    const member = schema.properties[name];
    return member && 'default' in member ? [[name, member.default]] : [];
  });
  return { ...Object.fromEntries(defaults), ...defined<object>(given) };
}

/** Every fault of a value. A fault never quotes the value: somebody may have put a secret in its place. */
export function schemaFaults(schema: Type.TSchema, value: unknown, path = ''): Fault[] {
  if (Check(schema, value)) return [];
  const ofMembers = memberFaults(schema, value, path);
  if (ofMembers.length > 0) return ofMembers;
  if (value === undefined) return [{ path, message: `is missing: ${describe(schema)}`, kind: 'missing' }];
  return [{ path, message: mustBe(schema), kind: 'wrong' }];
}

function memberFaults(schema: Type.TSchema, value: unknown, path: string): Fault[] {
  if (Type.IsArray(schema) && Array.isArray(value)) {
    return value.flatMap((item, index) => schemaFaults(schema.items, item, `${path}[${index}]`));
  }
  if (!Type.IsObject(schema) || typeof value !== 'object' || value === null) return [];
  const members = new Map(Object.entries(value));
  return Object.entries(schema.properties)
    .filter(([name]) => members.has(name) || schema.required.includes(name))
    .flatMap(([name, member]) =>
      schemaFaults(member, members.get(name), path === '' ? name : `${path}.${name}`),
    );
}

/** The message for a value that does not have the form of its schema. It goes on after the name. */
export function mustBe(schema: Type.TSchema): string {
  return `must be ${describe(schema)}`;
}

function describe(schema: Type.TSchema): string {
  return 'description' in schema ? String(schema.description) : '';
}

/** A text that is not blank. */
export function text(description: string) {
  return Type.String({ description, pattern: '\\S' });
}

/** A text that matches a pattern as a whole. An editor shows the title. */
export function form(pattern: string, description: string, title?: string) {
  return Type.String({ description, pattern: `^${pattern}$`, ...defined({ title }) });
}

export function wholeNumber(
  minimum: number,
  maximum: number,
  options: { default?: number; title?: string } = {},
) {
  return Type.Integer({
    minimum,
    maximum,
    description: `a whole number, ${minimum} to ${maximum}`,
    ...options,
  });
}

/** With the origins of a developer's machine, times may be shorter than in a deployment. */
export type Kind = 'deployed' | 'development';

export function kindOf(appOrigin: unknown): Kind {
  return typeof appOrigin === 'string' && isDevelopmentOrigin(appOrigin) ? 'development' : 'deployed';
}

export function cookieSeconds(kind: Kind) {
  return wholeNumber(COOKIE_SECONDS.shortest[kind], COOKIE_SECONDS.longest, {
    default: COOKIE_SECONDS.usual,
  });
}

/** How long the bucket keeps deleted and replaced files. */
export function keptDays(options: { title?: string } = {}) {
  return wholeNumber(0, KEPT_DAYS.longest, { default: KEPT_DAYS.usual, ...options });
}

export function recheckSeconds(kind: Kind) {
  const shortest = RECHECK_SECONDS.shortest[kind];
  const { longest, usual } = RECHECK_SECONDS;
  return Type.Integer({
    description: `0 for never, or a whole number, ${shortest} to ${longest}`,
    minimum: 0,
    maximum: longest,
    not: { exclusiveMinimum: 0, exclusiveMaximum: shortest },
    default: usual,
  });
}
