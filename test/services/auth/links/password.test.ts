import { stat } from 'node:fs/promises';
import t from 'tap';
import { createPasswords, MAX_WAIT_SECONDS } from '../../../../services/auth/links/password.ts';
import { withQuickHashes } from '../support/model/quick-hashes.ts';

let ms = 0;
const { hash: hashPassword, isRight: isPassword } = createPasswords({ monotonicMs: () => ms });

t.test('a hash is of one password, in any Unicode form, and no two hashes are alike', async (t) => {
  const [one, other] = [await hashPassword('Gr\u00fc\u00dfe'), await hashPassword('Gr\u00fc\u00dfe')];
  t.not(one, other);
  t.match(one, /^[\w-]{22}\.[\w-]{43}$/);
  t.notMatch(one, 'Gr');
  t.ok(await isPassword('Gru\u0308\u00dfe', one));
  t.notOk(await isPassword('Gruesse', one));
  t.notOk(await isPassword('', one));
});

t.test('one password at a time, so that threads are left for everybody else', async (t) => {
  const hash = await hashPassword('a');
  let ended = 0;
  // Node has four threads for hashes and for files.
  const hashes = Array.from({ length: 4 }, () => isPassword('b', hash).then(() => ended++));
  await stat('.');
  t.equal(ended, 0);
  await Promise.all(hashes);
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
  const [first, second] = [isPassword('at once', stored), isPassword('at once', stored)];
  t.equal(await first, true);
  t.equal(await Promise.race([second, new Promise(setImmediate).then(() => 'a hash')]), true);
});

const BUSY = { code: 'timed_out', message: /^Too many passwords/ };

t.test('a hundred wait, and who comes then hears it at once', (t) =>
  withQuickHashes(async () => {
    const { hash, isRight } = createPasswords({ monotonicMs: () => 0 });
    const stored = await hash('a');
    const waiting = Array.from({ length: 100 }, () => isRight('b', stored));
    await Promise.all([t.rejects(isRight('b', stored), BUSY), t.rejects(hash('c'), BUSY)]);
    t.strictSame([...new Set(await Promise.all(waiting))], [false]);
    t.equal(await isRight('a', stored), true, 'afterwards');
  }),
);

t.test('a hash whose turn comes too late is not begun, and the next one is', async (t) => {
  let nowMs = 0;
  const { hash } = createPasswords({ monotonicMs: () => nowMs });
  const first = hash('a');
  const [late, soon] = [hash('b'), first.then(() => hash('c'))];
  // Its turn comes when the first is ready.
  await stat('.');
  nowMs += MAX_WAIT_SECONDS * 1_000 + 1;
  await t.rejects(late, BUSY);
  t.match(await first, /^[\w-]{22}\.[\w-]{43}$/);
  t.match(await soon, /^[\w-]{22}\.[\w-]{43}$/);
});
