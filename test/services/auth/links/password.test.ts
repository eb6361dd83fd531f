import { stat } from 'node:fs/promises';
import t from 'tap';
import { hashPassword, isPassword } from '../../../../services/auth/links/password.ts';

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
  const hashes = Array.from({ length: 4 }, () => isPassword('a', hash).then(() => ended++));
  await stat('.');
  t.equal(ended, 0);
  await Promise.all(hashes);
});
