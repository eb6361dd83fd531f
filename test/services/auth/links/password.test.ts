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
  const order: number[] = [];
  const hash = await hashPassword('a');
  const after = (number: number) => () => void order.push(number);
  const first = isPassword('a', hash).then(after(1));
  const second = isPassword('a', hash).then(after(2));
  await first;
  t.strictSame(order, [1]);
  await second;
});
