import { preferred as chosen } from '../preferences.ts';
import { MESSAGES } from './messages.ts';

export type MessageKey = keyof typeof MESSAGES;

/** The names in braces of a message. */
type Filled<Message extends string> = Message extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Filled<Rest>
  : never;
export type Message = readonly [english: string, japanese: string];
export type Values<Each extends Message> = [Filled<Each[0]>] extends [never]
  ? []
  : [values: { [name in Filled<Each[0]>]: string | number }];

/** The first language of the page among language tags. */
export function languageOf(preferred: readonly string[]): 'en' | 'ja' {
  const first = preferred
    .map((tag) => tag.split('-', 1).join().toLowerCase())
    .find((tag) => tag === 'en' || tag === 'ja');
  return first === 'ja' ? 'ja' : 'en';
}

const preferred = globalThis.navigator?.languages ?? [];
/** The language that the person has chosen, or that the browser prefers. */
export const language = languageOf([chosen('language') ?? '', ...preferred]);
/** The language with the person's region, which decides how dates are written. */
export const locale =
  preferred.find((tag) => tag.toLowerCase().startsWith(language) && isTag(tag)) ?? language;

/** A browser without a user interface may name an invalid language tag (`en-US@posix`). */
function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/** A message of the page in the person's language. */
export function text<Key extends MessageKey>(key: Key, ...values: Values<(typeof MESSAGES)[Key]>): string {
  return inLanguage(MESSAGES[key], ...values);
}

/** A message in the person's language. Values become text, wherever they come from. */
export function inLanguage<Each extends Message>(message: Each, ...[values]: Values<Each>): string {
  return fill(message[language === 'ja' ? 1 : 0], values ?? {});
}

/** Replaces the names in braces by their values. Braces within a value stay as they are. */
export function fill(message: string, values: { [name: string]: string | number }): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A message without anything to fill in. Other texts stay as they are. */
export function plain(key = ''): string {
  if (!isKey(key)) throw new Error(`no message ${key}`);
  return MESSAGES[key][language === 'ja' ? 1 : 0];
}

/** A message about one thing, or about several. Both may have the values; the number is filled in. */
export function counted(
  count: number,
  one: MessageKey,
  many: MessageKey,
  values: { [name: string]: string } = {},
): string {
  return fill(plain(count === 1 ? one : many), { ...values, count: NUMBER.format(count) });
}

function isKey(key: string): key is MessageKey {
  return Object.hasOwn(MESSAGES, key);
}

/** To make the first format for dates takes as long as half of the other scripts. Not every page shows a date. */
const dateFormats = new Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>();
const DAY: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' };
const DAY_OF_A_YEAR: Intl.DateTimeFormatOptions = { dateStyle: 'medium' };
const MONTH: Intl.DateTimeFormatOptions = { month: 'long', year: 'numeric' };
const MINUTE: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };
export const PERCENT = new Intl.NumberFormat(locale, { style: 'percent' });
export const NUMBER = new Intl.NumberFormat(locale);

function formatDate(options: Intl.DateTimeFormatOptions, date: Date): string {
  const format = dateFormats.get(options) ?? new Intl.DateTimeFormat(locale, options);
  dateFormats.set(options, format);
  return format.format(date);
}

/** The date, without the year if it is this year. @param instant ISO 8601 */
export function formatDay(instant: string, now = new Date()): string {
  const date = new Date(instant);
  return formatDate(date.getFullYear() === now.getFullYear() ? DAY : DAY_OF_A_YEAR, date);
}

/** The month with its year. @param instant ISO 8601 */
export function formatMonth(instant: string): string {
  return formatDate(MONTH, new Date(instant));
}

export function formatMinute(instant: string | Date): string {
  return formatDate(MINUTE, new Date(instant));
}
