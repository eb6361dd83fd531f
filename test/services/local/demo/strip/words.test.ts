import { readFileSync } from 'node:fs';
import t from 'tap';
import { MESSAGES, titleOf } from '../../../../../services/local/demo/strip/words.ts';

const PLACES = /\{\w+\}/g;

t.test('every message of the strip is there in both languages, with the same values', async (t) => {
  for (const [key, [english, japanese]] of Object.entries(MESSAGES)) {
    t.match(japanese, /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u, key);
    t.strictSame((japanese.match(PLACES) ?? []).toSorted(), (english.match(PLACES) ?? []).toSorted(), key);
  }
});

t.test('every attempt has a title', async (t) => {
  const source = ['attempts', 'team-attempts', 'link-attempts']
    .map((name) => readFileSync(new URL(`../../../../../services/local/demo/${name}.ts`, import.meta.url)))
    .join('\n');
  const calls = /(?:(?:refused|attack|renewal|byOther)\(\s*|kind: |asked\(\w+, )'(\w+)'/g;
  const kinds = [...source.matchAll(calls)].map(([, kind]) => kind);
  t.equal(new Set(kinds).size, 31);
  for (const kind of kinds) t.not(titleOf(kind, 'Bob'), kind, String(kind));
  t.equal(titleOf('noCookie', 'Bob'), 'Bob’s address, without a cookie');
});
