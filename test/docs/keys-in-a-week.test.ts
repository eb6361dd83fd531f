import { readFileSync } from 'node:fs';
import t from 'tap';
import { formatEntry, MAX_ENTRY_BYTES, type RevocationEntry } from '../../core/entry-format.ts';
import { MAX_MEMBERSHIPS, MAX_TEAMS_A_DAY } from '../../services/auth/domain/membership.ts';
import { MAX_SHARES } from '../../services/auth/domain/shares.ts';
import {
  MAX_KEYS_OF_NUMBERS,
  MAX_KEYS_OF_TEAMS,
  MAX_NEW_NUMBERS,
} from '../../services/auth/domain/team-starts.ts';

/** The limits hold in any 24 hours, and a key outlives the seven days of a share by some minutes. */
const DAYS = 8;
const ID = 'a'.repeat(26);
/** The longest of each. */
const [NUMBER, START] = ['.1500000', 1_795_600_000];

/** The bytes of a key with the entry that revokes all this. */
function bytesOf(key: string, revoked: Partial<RevocationEntry>): number {
  return (
    key.length + formatEntry({ sessionFloor: 0, sessions: [], shareFloor: 0, shares: [], ...revoked }).length
  );
}

t.test('docs/internals.md lists the keys that one person can add to the store in a week', async (t) => {
  const shares = Array.from({ length: MAX_SHARES }, () => START);
  const ofDeleted = { shares: DAYS * MAX_TEAMS_A_DAY, links: DAYS * MAX_NEW_NUMBERS };
  const rows: [key: string, keys: number, bytes: number][] = [
    ['`<user>`', 1, ID.length + MAX_ENTRY_BYTES],
    ['`.<number>`', MAX_KEYS_OF_NUMBERS, NUMBER.length + MAX_ENTRY_BYTES],
    ['`<team>.<number>`', MAX_KEYS_OF_TEAMS, bytesOf(ID + NUMBER, { sessionFloor: START })],
    ['`<team>.shares`', MAX_MEMBERSHIPS, bytesOf(`${ID}.shares`, { shareFloor: START, shares })],
    ['`.<number>` of links', MAX_MEMBERSHIPS, NUMBER.length + MAX_ENTRY_BYTES],
    ['`<team>.shares`, deleted', ofDeleted.shares, bytesOf(`${ID}.shares`, { shareFloor: START })],
    ['`.<number>` of links, deleted', ofDeleted.links, bytesOf(NUMBER, { sessionFloor: START })],
  ];
  const text = readFileSync('docs/internals.md', 'utf8');
  for (const [key, keys, bytes] of rows) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${key} `)) ?? '';
    const [, , , shownKeys, shownBytes] = row.split('|').map((cell) => cell.trim());
    t.strictSame([shownKeys, shownBytes], [`${keys}`, bytes.toLocaleString('en')], key);
  }
  const all = rows.reduce((sum, [, keys, bytes]) => sum + keys * bytes, 0);
  t.match(text, `at most ${Math.ceil(all / 1_024)} KB for a person`);
  t.match(text, `it takes ${Math.ceil((5 * 1_024 * 1_024) / all)} such accounts`);
});
