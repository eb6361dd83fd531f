import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { withNumberLeft } from '../../../../services/auth/domain/team-starts.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createNewNumbers } from '../../../../services/auth/sessions/new-numbers.ts';

t.test('a number that the user has had, and left meanwhile, is no next one', async (t) => {
  const { use } = createNewNumbers();
  const had = withNumberLeft({ ...NEW_USER, teamNumber: { number: 1, given: 1 } }, 0);
  for (const next of [1, 2]) {
    await use(
      parseUserId('ann'),
      async () => next,
      async (number) => {
        t.equal(number, next, `${next}`);
        return { user: had };
      },
    );
  }
});

t.test('numbers of ten thousand users wait; for one more, that of the first user is lost', async (t) => {
  const { use } = createNewNumbers();
  let given = 0;
  /** The number that the user's record does not take. */
  async function fail(name: string): Promise<number> {
    let number = 0;
    const failing = use(
      parseUserId(name),
      async () => ++given,
      async (one) => {
        number = one;
        throw new GatewayError('no_session');
      },
    );
    await failing.catch(() => {});
    return number;
  }
  t.equal(await fail('victim'), 1);
  for (let user = 0; user < 9_999; user++) await fail(`user-${user}`);
  t.equal(await fail('victim'), 1);
  t.equal(await fail('one-more'), 10_001);
  t.equal(await fail('victim'), 10_002);
});
