import { preferred as chosen } from '../preferences.ts';

/** The languages of the page. Each calls itself. */
export const LANGUAGES = { en: 'English', ja: '日本語' } as const;
export type Language = keyof typeof LANGUAGES;

const isLanguage = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);

/** The first language of the page among language tags. */
export function languageOf(preferred: readonly string[]): Language {
  return preferred.map((tag) => tag.split('-', 1).join().toLowerCase()).find(isLanguage) ?? 'en';
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

/** Replaces the names in braces by their values. Braces within a value stay as they are. */
export function fill(message: string, values: { [name: string]: string | number }): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A message of few words, which has each language beside the others. */
export type Message = readonly [english: string, japanese: string];

export function inLanguage(message: Message, values: { [name: string]: string | number } = {}): string {
  return fill(message[language === 'ja' ? 1 : 0], values);
}
