import { readFileSync } from 'node:fs';
import t from 'tap';
import { MAX_ENTRY_BYTES } from '../../core/entry-format.ts';
import { MAX_MEMBERSHIPS, MAX_TEAMS_A_DAY } from '../../services/auth/domain/membership.ts';
import { MAX_SHARES } from '../../services/auth/domain/shares.ts';
import {
  MAX_KEYS_OF_NUMBERS,
  MAX_KEYS_OF_TEAMS,
  MAX_NEW_NUMBERS,
} from '../../services/auth/domain/team-starts.ts';

const DAYS = 7;
/** Ids of users and teams. The longest number of team starts has seven digits. */
const [ID_BYTES, NUMBER_BYTES] = [26, 8];
const START_BYTES = 11;
/** A share's number in a new team, with its comma. */
const SHARE_BYTES = 11;

t.test('docs/internals.md lists the keys that one person can add to the store in a week', async (t) => {
  const rows: [key: string, keys: number, bytes: number][] = [
    ['`<user>`', 1, ID_BYTES + MAX_ENTRY_BYTES],
    ['`.<number>`', MAX_KEYS_OF_NUMBERS, NUMBER_BYTES + MAX_ENTRY_BYTES],
    ['`<team>.<number>`', MAX_KEYS_OF_TEAMS, ID_BYTES + NUMBER_BYTES + START_BYTES + 5],
    [
      '`<team>.shares`',
      (DAYS + 1) * MAX_TEAMS_A_DAY + MAX_MEMBERSHIPS,
      ID_BYTES + 7 + MAX_SHARES * SHARE_BYTES + 17,
    ],
    ['`.<number>` of links', DAYS * MAX_NEW_NUMBERS, NUMBER_BYTES + MAX_ENTRY_BYTES],
  ];
  const text = readFileSync('docs/internals.md', 'utf8');
  for (const [key, keys, bytes] of rows) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${key} `)) ?? '';
    const [, , , shownKeys, shownBytes] = row.split('|').map((cell) => cell.trim());
    t.strictSame([shownKeys, shownBytes], [`${keys}`, bytes.toLocaleString('en')], key);
  }
  const all = rows.reduce((sum, [, keys, bytes]) => sum + keys * bytes, 0);
  t.match(text, `at most ${Math.ceil(all / 1_024)} KB for a person in a week`);
  t.match(text, `${Math.floor((5 * 1_024 * 1_024) / all)} such accounts could fill the store`);
});
