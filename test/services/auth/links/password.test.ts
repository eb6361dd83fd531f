import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { createPasswords } from '../../../../services/auth/links/password.ts';
import { tryPassword } from '../../../../services/auth/links/tries.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { withQuickHashes } from '../support/model/quick-hashes.ts';
import { createVirtualTime } from '../support/virtual-time.ts';

const ms = 0;
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

const BUSY = { code: 'timed_out', message: /^Too many passwords/ };

t.test('whoever tries many passwords of one team delays a guest of another by two hashes at most', (t) =>
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
    t.equal(ended.filter(({ status }) => status === 'fulfilled').length, 2, 'two wait');
    t.match(ended.at(10), { status: 'rejected', reason: BUSY });
    await Promise.all(guests);
    t.strictSame(order, ['own', 'own', 'guest true', 'guest false']);
  }),
);

const LINK = { key: 'link', most: 10 };

/** A busy store that answers after up to 60 ms, and hashes that are made one after the other. */
function startCrowd() {
  const { clock, until } = createVirtualTime();
  const { links } = createMemoryStores();
  const CALL_MS = 60;
  const HASH_MS = 300;
  const late =
    <Given extends unknown[], Answer>(method: (...given: Given) => Promise<Answer>) =>
    async (...given: Given) => {
      await clock.sleep((CALL_MS * Math.random()) / 2);
      const answer = await method(...given);
      await clock.sleep((CALL_MS * Math.random()) / 2);
      return answer;
    };
  const { addTry, readTries, removeTries } = links;
  const deps = {
    clock,
    links: { addTry: late(addTry), readTries: late(readTries), removeTries: late(removeTries) },
  };
  let hashed = 0;
  let last: Promise<unknown> = Promise.resolve();
  const hash = async () => {
    const own = last.then(() => clock.sleep(HASH_MS)).then(() => ++hashed);
    last = own;
    return own;
  };
  const counted = [LINK, { key: 'address', most: 100 }];
  const guests = (count: number, isRight: () => Promise<boolean>) =>
    until(
      Promise.allSettled(Array.from({ length: count }, () => tryPassword(deps, counted, isRight))).then(
        (all) => all.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason.code))),
      ),
    );
  return { guests, hash, hashed: () => hashed, links };
}

t.test('a hundred guests with the right password in one instant all come in', async (t) => {
  const { guests, hash, hashed, links } = startCrowd();
  // A process does not hash a password again that was right.
  const answers = await guests(100, async () => hashed() > 0 || (await hash()) > 0);
  t.strictSame([...new Set(answers)], [true]);
  for (const key of ['link', 'address']) t.strictSame(await links.readTries(key), [], key);
});

t.test('of thirty wrong ones in one instant, exactly ten are hashed', async (t) => {
  const { guests, hash, hashed, links } = startCrowd();
  const answers = await guests(30, async () => (await hash()) === 0);
  t.equal(hashed(), 10);
  t.equal(answers.filter((answer) => answer === false).length, 10);
  t.equal(answers.filter((answer) => answer === 'too_many_requests').length, 20);
  t.strictSame([(await links.readTries('link')).length, (await links.readTries('address')).length], [10, 10]);
});
