import { stat } from 'node:fs/promises';
import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { createPasswords, MAX_WAIT_SECONDS } from '../../../../services/auth/links/password.ts';
import { withQuickHashes } from '../support/model/quick-hashes.ts';

let ms = 0;
const passwords = createPasswords({ monotonicMs: () => ms });
const [TEAM, OTHER] = [newTeamId(), newTeamId()];
const hashPassword = (password: string) => passwords.hash(TEAM, password);
const isPassword = (password: string, stored: string) => passwords.isRight(TEAM, password, stored);

t.test('a hash is of one password, in any Unicode form, and no two hashes are alike', async (t) => {
  const [one, other] = [await hashPassword('Gr\u00fc\u00dfe'), await hashPassword('Gr\u00fc\u00dfe')];
  t.not(one, other);
  t.match(one, /^[\w-]{22}\.[\w-]{43}$/);
  t.notMatch(one, 'Gr');
  t.ok(await isPassword('Gru\u0308\u00dfe', one));
  t.notOk(await isPassword('Gruesse', one));
  t.notOk(await isPassword('', one));
});

t.test('a right password is not hashed again for ten minutes, with this hash alone', async (t) => {
  const [hash, other] = [await hashPassword('a'), await hashPassword('b')];
  /** Whether the answer waits for that of a wrong password, which is hashed before. */
  const isHashed = async (password: string, stored: string) => {
    const order: string[] = [];
    const wrong = isPassword('wrong', hash).then(() => order.push('wrong'));
    const answer = await isPassword(password, stored);
    order.push('asked');
    await wrong;
    return { answer, isHashed: order[0] === 'wrong' };
  };
  t.strictSame(await isHashed('a', hash), { answer: true, isHashed: true }, 'the first time');
  t.strictSame(await isHashed('a', hash), { answer: true, isHashed: false });
  t.strictSame(await isHashed('a', other), { answer: false, isHashed: true }, 'another link or password');
  t.strictSame(await isHashed('b', hash), { answer: false, isHashed: true });
  t.strictSame(await isHashed('b', hash), { answer: false, isHashed: true }, 'a wrong one is never known');
  ms += 600_000;
  t.strictSame(await isHashed('a', hash), { answer: true, isHashed: true }, 'ten minutes later');
  t.strictSame(await isHashed('a', hash), { answer: true, isHashed: false });
});

t.test('guests who come at once with the same password wait for one hash', async (t) => {
  const stored = await hashPassword('at once');
  const guests = Array.from({ length: 50 }, () => isPassword('at once', stored));
  t.strictSame([...new Set(await Promise.all(guests))], [true]);
});

const BUSY = { code: 'timed_out', message: /^Too many passwords/ };

t.test('whoever tries many passwords of one team delays no guest of another by more than one hash', (t) =>
  withQuickHashes(async () => {
    const { hash, isRight } = createPasswords({ monotonicMs: () => 0 });
    const [own, other] = [await hash(TEAM, 'a'), await hash(OTHER, 'a')];
    const order: string[] = [];
    const tries = Array.from({ length: 56 }, (_, index) =>
      isRight(TEAM, `wrong ${index}`, own).then(() => order.push('own')),
    );
    const guests = ['a', 'b'].map((password) =>
      isRight(OTHER, password, other).then((right) => order.push(`guest ${right}`)),
    );
    const ended = await Promise.allSettled(tries);
    t.equal(ended.filter(({ status }) => status === 'fulfilled').length, 3, 'one is hashed, and two wait');
    t.match(ended.at(10), { status: 'rejected', reason: BUSY });
    await Promise.all(guests);
    t.strictSame(order, ['own', 'own', 'guest true', 'own', 'guest false']);
  }),
);

t.test('a hash whose turn comes too late is not begun, and the next one is', async (t) => {
  let nowMs = 0;
  const slow = createPasswords({ monotonicMs: () => nowMs });
  const hash = (password: string) => slow.hash(TEAM, password);
  const first = hash('a');
  const [late, soon] = [hash('b'), first.then(() => hash('c'))];
  // Its turn comes when the first is ready.
  await stat('.');
  nowMs += MAX_WAIT_SECONDS * 1_000 + 1;
  await t.rejects(late, BUSY);
  t.match(await first, /^[\w-]{22}\.[\w-]{43}$/);
  t.match(await soon, /^[\w-]{22}\.[\w-]{43}$/);
});
