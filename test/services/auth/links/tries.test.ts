import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import type { Clock } from '../../../../services/auth/domain/ports.ts';
import { MAX_WAIT_SECONDS } from '../../../../services/auth/links/password.ts';
import { tryPassword } from '../../../../services/auth/links/tries.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { createVirtualTime } from '../support/virtual-time.ts';

const NOW = 1_795_600_000;
const LINK = { key: 'link', most: 10 };

/** A clock on which nobody waits. Pauses at the same time pass together. */
function hurriedClock() {
  let ms = 0;
  const clock: Clock = {
    now: () => NOW * 1_000 + ms,
    monotonicMs: () => ms,
    sleep: async (pauseMs) => {
      const untilMs = ms + pauseMs;
      await setImmediate();
      ms = Math.max(ms, untilMs);
    },
  };
  const pass = (seconds: number) => {
    ms += seconds * 1_000;
  };
  return { clock, pass };
}

function setup() {
  const { links } = createMemoryStores();
  const { clock, pass } = hurriedClock();
  const looked: boolean[] = [];
  const attempt = async (isRight: boolean, counted = [LINK]) => {
    try {
      const look = async () => {
        looked.push(isRight);
        return isRight;
      };
      return (await tryPassword({ links, clock }, counted, look)) ? 'right' : 'wrong';
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  };
  return { links, clock, pass, looked, attempt };
}

t.test(
  'ten wrong ones, and no password is looked at after that, until the first is ten minutes old',
  async (t) => {
    const { attempt, looked, pass } = setup();
    for (let i = 0; i < 10; i++) {
      t.equal(await attempt(false), 'wrong');
      pass(10);
    }
    for (const isRight of [true, false]) t.equal(await attempt(isRight), 'too_many_requests', `${isRight}`);
    t.equal(looked.length, 10);
    pass(600 - 101);
    t.equal(await attempt(true), 'too_many_requests');
    pass(1);
    t.equal(await attempt(false), 'wrong');
    t.equal(await attempt(true), 'too_many_requests', 'no ten minutes have eleven');
  },
);

t.test('of a hundred tries at once, ten are looked at', async (t) => {
  const { attempt, looked } = setup();
  const answers = await Promise.all(Array.from({ length: 100 }, () => attempt(false)));
  t.equal(looked.length, 10);
  t.equal(answers.filter((answer) => answer === 'wrong').length, 10);
  t.notOk(answers.includes('right'));
});

t.test('right ones do not count', async (t) => {
  const { attempt, links } = setup();
  for (let i = 0; i < 9; i++) t.equal(await attempt(false), 'wrong');
  for (let i = 0; i < 20; i++) t.equal(await attempt(true), 'right');
  t.equal((await links.readTries('link')).length, 9);
});

t.test('a try waits while those before it are not decided yet', async (t) => {
  const { links, clock, attempt } = setup();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const slow = Array.from({ length: 10 }, () => tryPassword({ links, clock }, [LINK], () => promise));
  const { sleep } = clock;
  clock.sleep = async (pauseMs) => {
    if ((await links.readTries('link')).length === 10) resolve(true);
    await sleep(pauseMs / 10);
  };
  t.equal(await attempt(true), 'right');
  await Promise.all(slow);
});

t.test('only a try of the last seconds may still turn out to be right', async (t) => {
  for (const [ago, isWaited] of [
    [MAX_WAIT_SECONDS + 2, false],
    [MAX_WAIT_SECONDS + 1, true],
  ] as const) {
    const { links, clock, attempt } = setup();
    const at = (seconds: number) => Math.floor(clock.now() / 1_000) - seconds;
    for (const [index, age] of [ago, ...Array.from({ length: 9 }, () => 100)].entries()) {
      await links.addTry(LINK.key, `${at(age)}.${index}`, 10, at(-600));
    }
    const { readTries } = links;
    let reads = 0;
    links.readTries = (key) => {
      reads++;
      return readTries(key);
    };
    t.equal(await attempt(true), 'too_many_requests', `${ago}`);
    t.equal(reads > 1, isWaited, `${ago}`);
  }
});

t.test(
  'a place that is not given back fails no right password, and nothing is removed in vain',
  async (t) => {
    const { links, attempt } = setup();
    const removed: (readonly string[])[] = [];
    links.removeTries = async (_key, names) => {
      removed.push(names);
      throw new Error('down');
    };
    t.equal(await attempt(true), 'right');
    t.strictSame(
      removed.map(({ length }) => length),
      [1],
    );
  },
);

t.test('an address has its own count, and a try that it refuses takes no place of the link', async (t) => {
  const { attempt, links, pass } = setup();
  const address = { key: 'address', most: 2 };
  const other = (i: number) => [{ key: `link ${i}`, most: 10 }, address];
  t.equal(await attempt(false, other(1)), 'wrong');
  t.equal(await attempt(false, other(2)), 'wrong');
  pass(10);
  t.equal(await attempt(true, other(3)), 'too_many_requests');
  t.strictSame(await links.readTries('link 3'), []);
});

t.test('an error says nothing of the password, so the place is given back', async (t) => {
  const { links, clock } = setup();
  const failing = tryPassword({ links, clock }, [LINK], () => Promise.reject(new Error('no memory')));
  await t.rejects(failing, { message: 'no memory' });
  t.strictSame(await links.readTries('link'), []);
});

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
