import t from 'tap';
import { renewAtOneMoment } from './support/at-one-moment.ts';

t.setTimeout(600_000);

t.test('two processes renew one session at one moment, 300 times: no refresh token is used twice', (t) =>
  renewAtOneMoment(t, 60, 5),
);
