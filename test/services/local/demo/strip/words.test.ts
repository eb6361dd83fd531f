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
  const source = readFileSync(
    new URL('../../../../../services/local/demo/attempts.ts', import.meta.url),
    'utf8',
  );
  const kinds = [...source.matchAll(/(?:refused\(\s*|kind: )'(\w+)'/g)].map(([, kind]) => kind);
  t.equal(kinds.length, 10);
  for (const kind of kinds) t.not(titleOf(kind, 'Bob'), kind);
  t.equal(titleOf('noCookie', 'Bob'), 'Bob’s address, without a cookie');
});
