import { EN } from './en.ts';
import { fill, type Language, language, locale } from './locale.ts';

export { fill, language } from './locale.ts';

export type MessageKey = keyof typeof EN;
type Messages = { readonly [key in MessageKey]: string };

/** English is there with the page. What another language lacks is a type error. */
const OTHERS: { [each in Exclude<Language, 'en'>]: () => Promise<{ default: Messages }> } = {
  ja: () => import('./ja.json', { with: { type: 'json' } }),
};
const messages: Messages = language === 'en' ? EN : (await OTHERS[language]()).default;

/** The names in braces of a message. */
type Filled<Message extends string> = Message extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Filled<Rest>
  : never;
type Values<Message extends string> = [Filled<Message>] extends [never]
  ? []
  : [values: { [name in Filled<Message>]: string | number }];

/** A message of the page in the person's language. Values become text, wherever they come from. */
export function text<Key extends MessageKey>(key: Key, ...[values]: Values<(typeof EN)[Key]>): string {
  return fill(messages[key], values ?? {});
}

/** A message without anything to fill in. */
export function plain(key: MessageKey): string {
  return messages[key];
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
