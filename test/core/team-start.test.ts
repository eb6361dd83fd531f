import t from 'tap';
import { numberOfStart, STARTS_PER_NUMBER, teamStart } from '../../core/team-start.ts';

t.test('each start of a number leads back to the number, and is a ten-digit second long past', async (t) => {
  for (const number of [0, 1, 77, 1_499_999]) {
    for (const n of [0, 1, STARTS_PER_NUMBER - 1]) {
      const start = teamStart(number, n);
      t.equal(numberOfStart(start), number, `${n}`);
      t.match(String(start), /^1\d{9}$/, `${n}`);
    }
  }
  t.equal(teamStart(1, 0) - teamStart(0, STARTS_PER_NUMBER - 1), 1, 'numbers do not overlap');
  t.equal(new Date(teamStart(0, 0) * 1_000).getUTCFullYear(), 2001);
  t.equal(numberOfStart(999_999_999), -1, 'a start of another kind has none');
});
