import { readFileSync } from 'node:fs';
import t from 'tap';
import { fill, formatDay, languageOf } from '../../../../../services/web/page/words/language.ts';
import { MESSAGES } from '../../../../../services/web/page/words/messages.ts';

const INDEX = readFileSync(new URL('../../../../../services/web/index.html', import.meta.url), 'utf8');
const ENTRIES: [string, readonly string[]][] = Object.entries(MESSAGES);
const placesOf = (message = '') => (message.match(/\{\w+\}/g) ?? []).toSorted();

t.test('every message is there in both languages, with the same values to fill in', async (t) => {
  t.ok(ENTRIES.length > 100);
  for (const [key, [english, japanese, ...more]] of ENTRIES) {
    t.ok(english && japanese && more.length === 0, key);
    t.strictSame(placesOf(japanese), placesOf(english), key);
    const words = (english ?? '').replace(/\{\w+\}|[^a-z]/gi, '');
    if (words.length > 1)
      t.match(japanese, /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u, `${key} is Japanese`);
    t.notMatch(japanese, /[A-Za-z]{4,}\s[a-z]{3,}\s[a-z]{2,}/, `${key} is not English`);
  }
});

t.test(
  'what index.html says is the English of the table, and all that it says is in the table',
  async (t) => {
    const plain = (key = '') => ENTRIES.find(([each]) => each === key)?.[1][0];
    const texts = [...INDEX.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)];
    t.ok(texts.length > 40);
    for (const [, key, words] of texts) t.equal(words?.trim(), plain(key), `${key}`);
    for (const [element] of INDEX.matchAll(/<[a-z][^>]*\sdata-label="[^>]*>/g)) {
      const of = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1];
      t.equal(of('aria-label'), plain(of('data-label')), element);
    }
    t.strictSame(
      [...INDEX.matchAll(/<[a-z][^>]*\saria-label="[^>]*>/g)].flatMap(([element]) =>
        element.includes('data-label') ? [] : [element],
      ),
      [],
      'no name without a translation',
    );
    const body = INDEX.slice(INDEX.indexOf('<body>'), INDEX.indexOf('<svg hidden'));
    const loose = body
      .replace(/<noscript>.*<\/noscript>/g, '')
      .replace(/<(\w+)[^>]*data-text[^>]*>[^<]*<\/\1>/g, '')
      .replace(/<[^>]*>/g, '');
    t.equal(loose.trim(), '', 'no word beside them');
  },
);

t.test('the language is the first of the person’s that the page has', async (t) => {
  for (const [preferred, language] of [
    [['ja'], 'ja'],
    [['ja-JP', 'en'], 'ja'],
    [['fr', 'ja', 'en'], 'ja'],
    [['en-GB', 'ja'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
    [['jav'], 'en'],
  ] as const) {
    t.equal(languageOf(preferred), language, preferred.join());
  }
});

t.test('values are put in as they are, once', async (t) => {
  t.equal(fill('Delete {name}?', { name: '{name} $& <b>' }), 'Delete {name} $& <b>?');
  t.equal(fill('{a} {b}', { a: 1 }), '1 {b}');
});

t.test('a day of another year has its year', async (t) => {
  const now = new Date('2026-06-15T12:00:00Z');
  t.equal(formatDay('2026-02-03T12:00:00Z', now), 'Feb 3');
  t.equal(formatDay('2025-02-03T12:00:00Z', now), 'Feb 3, 2025');
});
