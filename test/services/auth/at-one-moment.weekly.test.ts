// Weekly, because of its cost: 42 CPU seconds; `.ci/run` does 300. Last result, November 2026: passed.

import t from 'tap';
import { renewAtOneMoment } from './support/at-one-moment.ts';

t.setTimeout(600_000);

t.test('two processes renew one session at one moment, 1,000 times: no refresh token is used twice', (t) =>
  renewAtOneMoment(t, 100, 10),
);
