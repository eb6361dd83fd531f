import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import type { OwnKey } from '../../../../services/auth/domain/own-key.ts';
import { EdgeRefusal } from '../../../../services/auth/domain/ports.ts';
import { createDueItems } from '../../../../services/auth/revocations/due-items.ts';
import { createEdgeLease } from '../../../../services/auth/revocations/edge-lease.ts';
import { doAllDue } from '../../../../services/auth/revocations/second-steps.ts';
import { createSetAside, type FailedItem } from '../../../../services/auth/revocations/set-aside.ts';
import { watchEdge } from '../../../../services/auth/revocations/watched-edge.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

function createClock() {
  let nowMs = 5_000;
  return {
    now: () => 1_790_000_000_000 + nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => {},
    pass(milliseconds: number) {
      nowMs += milliseconds;
    },
  };
}

t.test(
  'the lease: free, held, given back, and each holder that died counts from its first sight',
  async (t) => {
    const store = createMemoryStores().lease;
    const clock = createClock();
    const [own, other] = [createEdgeLease(store, clock, 1_000), createEdgeLease(store, clock, 1_000)];
    const held = await own.look();
    t.equal(await held?.renew(), true);
    t.equal(await held?.renew(), true, 'with its next number');
    t.equal(await other.takeFree(), undefined);
    await held?.giveBack();
    t.ok(await other.takeFree());
    t.equal(await held?.renew(), false);
    await held?.giveBack();
    t.ok(await store.read(), 'only its own number is given back');

    t.equal(await own.look(), undefined);
    clock.pass(600);
    await store.swap(await store.read(), 'a later holder, which dies too');
    t.equal(await own.look(), undefined);
    clock.pass(999);
    t.equal(await own.look(), undefined);
    clock.pass(1);
    t.ok(await own.look());
  },
);

function startSetAside() {
  const clock = createClock();
  const failed: FailedItem[] = [];
  return { clock, failed, setAside: createSetAside(clock, (_error, item) => void failed.push(item)) };
}

t.test('what fails is passed over for a second, then twice as long, up to five minutes', async (t) => {
  const { clock, setAside, failed } = startSetAside();
  for (const pauseMs of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000)) {
    t.ok(setAside.put('alice', 'read', new Error()), String(pauseMs));
    clock.pass(pauseMs - 1);
    t.ok(setAside.has('alice'), `${pauseMs}`);
    clock.pass(1);
    t.notOk(setAside.has('alice'), `${pauseMs}`);
  }
  t.equal(setAside.failures(), 11);
  t.strictSame(failed[0], { step: 'read', userId: 'alice' });
  setAside.put('alice', 'note', new Error());
  setAside.tryAgain('alice');
  setAside.tryAgain('nobody');
  t.notOk(setAside.has('alice'));
  t.strictSame(setAside.counts(), { read: 0, invalid: 0, full: 0, note: 1, logout: 0, settle: 0, made: 0 });
  setAside.drop('alice');
  setAside.put('alice', 'logout', new Error());
  t.strictSame(failed.at(-1), { step: 'logout', logout: 'alice' });
  clock.pass(1_000);
  t.notOk(setAside.has('alice'), 'from the beginning again');
});

t.test('work that is under way is passed over until it ends', async (t) => {
  const { setAside } = startSetAside();
  const work = Promise.withResolvers<void>();
  setAside.hold('alice', work.promise);
  t.ok(setAside.has('alice'));
  t.equal(setAside.failures(), 0);
  work.resolve();
  await work.promise;
  t.notOk(setAside.has('alice'));
});

t.test('an item that has nothing to do any more is dropped after its pause', async (t) => {
  const { clock, setAside } = startSetAside();
  setAside.put('alice', 'read', new Error());
  setAside.put('bob', 'invalid', new Error());
  clock.pass(999);
  setAside.dropPast(() => true);
  t.match(setAside.counts(), { read: 1, invalid: 1 });
  clock.pass(1);
  setAside.dropPast((item, step) => item === 'alice' && step === 'read');
  t.match(setAside.counts(), { read: 0, invalid: 1 });
});

t.test('second steps of a run without time do not begin', async (t) => {
  const { clock, setAside } = startSetAside();
  let lists = 0;
  const step = {
    ...{ step: 'made' as const, atOnce: 1, nameOf: (id: string) => id, attempt: async () => true },
    list: async () => {
      lists++;
      return [];
    },
  };
  for (const [budgetMs, expected] of [
    [0, 0],
    [1, 1],
  ] as const) {
    t.equal(await doAllDue({ clock, teller: { setAside } }, budgetMs, step), 0);
    t.equal(lists, expected, `${budgetMs}`);
  }
});

t.test('ten thousand items are kept, and one more is refused', async (t) => {
  const { setAside } = startSetAside();
  for (let item = 0; item < 10_000; item++) setAside.put(`u${item}`, 'full', undefined);
  t.equal(setAside.put('more', 'full', undefined), false);
  t.notOk(setAside.has('more'));
  t.equal(setAside.put('u0', 'full', undefined), true, 'one that is kept already');
});

t.test("the edge's store as it was last seen", async (t) => {
  const clock = createClock();
  let meet = async (): Promise<{ version: string; bytes: number } | false> => false;
  const store = {
    describe: async () => (await meet()) || { version: '', bytes: 0 },
    write: () => meet(),
  };
  const { edge, seen, onNothingDue } = watchEdge(store, clock, 1_500);
  t.strictSame(seen(), { isFailing: false });
  meet = async () => ({ version: '1', bytes: 7 });
  await edge.describe();
  const lastMs = clock.now();
  t.strictSame(seen(), { isFailing: false, lastMs, bytes: 7 });
  for (const [error, isFailing] of [
    [new Error('down'), true],
    [new EdgeRefusal('invalid'), false],
    [new EdgeRefusal('full'), true],
  ] as const) {
    clock.pass(10);
    meet = () => Promise.reject(error);
    await t.rejects(edge.write('1', []), error, `${isFailing}`);
    t.strictSame(seen(), { isFailing, lastMs: clock.now(), bytes: 7 }, error.message);
  }
  onNothingDue();
  t.match(seen(), { isFailing: false, bytes: 7 });
  const answer = Promise.withResolvers<false>();
  meet = () => answer.promise;
  const writing = edge.write('1', []);
  clock.pass(1_500);
  t.match(seen(), { isFailing: false });
  clock.pass(1);
  t.match(seen(), { isFailing: true });
  answer.resolve(false);
  t.equal(await writing, false);
  t.strictSame(seen(), { isFailing: false, lastMs: clock.now(), bytes: 7 });
});

const keys = (...names: string[]): OwnKey[] => names.map(parseUserId);

/** Batches of three, and an index of due items. */
function startDue({ wanted = [], untold = [], expired = [] }: Record<string, string[]>) {
  const { clock, setAside } = startSetAside();
  const asked: string[] = [];
  const indexOf =
    (name: string, due: OwnKey[]) =>
    (limit: number, isPassedOver: (key: OwnKey) => boolean = () => false) => {
      asked.push(name);
      return due.filter((key) => !isPassedOver(key)).slice(0, limit);
    };
  const [untoldOf, expiredOf] = [indexOf('untold', keys(...untold)), indexOf('expired', keys(...expired))];
  const index = {
    untold: async (...given: Parameters<typeof untoldOf>) =>
      untoldOf(...given).map((key) => ({ key, untoldSinceEpoch: 0 })),
    expired: async (_atEpoch: number, ...given: Parameters<typeof expiredOf>) => expiredOf(...given),
    inTeams: async () => [],
  };
  const changes = new Map(keys(...wanted).map((key) => [key, 1]));
  const due = createDueItems({ due: index, clock, setAside }, () => changes, 3);
  return { due, clock, setAside, changes, asked, next: (isFull = false) => due.next(1, isFull) };
}

t.test('who is told next: those who wait here, then anywhere, then what has expired', async (t) => {
  const some = startDue({ wanted: ['a'], untold: ['a', 'b'], expired: ['a', 'c', 'd'] });
  t.equal(some.due.isCrowd(), false, 'nobody is known yet');
  t.strictSame(await some.next(), ['a', 'b', 'c']);
  t.equal(some.due.isCrowd(), false);

  const crowd = startDue({ wanted: ['a', 'b', 'c', 'd'], untold: ['e'], expired: ['f'] });
  t.strictSame(await crowd.next(), ['a', 'b', 'c']);
  t.equal(crowd.due.isCrowd(), true);
  t.strictSame(crowd.asked, [], 'no index is asked');
  t.strictSame(await crowd.next(true), ['a', 'b', 'c', 'f'], 'a full store');
  t.strictSame(crowd.asked, ['expired']);

  const others = startDue({ wanted: ['a'], untold: ['b', 'c', 'd'], expired: ['e'] });
  t.strictSame(await others.next(), ['a', 'b', 'c']);
  t.equal(others.due.isCrowd(), true);
  t.strictSame(others.asked, ['untold']);
});

t.test('who is told is not due again while the index shows an older state', async (t) => {
  const { due, clock, setAside, changes, next } = startDue({ wanted: ['a'], untold: ['a', 'b'] });
  const [a, b] = [parseUserId('a'), parseUserId('b')];
  due.done(a, 1);
  t.strictSame(await next(), ['b']);
  changes.set(a, 2);
  t.strictSame(await next(), ['a', 'b'], 'a later change');
  changes.delete(a);
  clock.pass(500);
  t.strictSame(await next(), ['b']);
  clock.pass(1);
  t.strictSame(await next(), ['a', 'b']);
  changes.set(b, 1);
  setAside.put(b, 'read', undefined);
  t.strictSame(await next(), ['a'], 'one that is set aside');
});

t.test('what is set aside and not due any more is forgotten, once the whole index was seen', async (t) => {
  const whole = startDue({ untold: ['a'], expired: ['b'] });
  const full = startDue({ expired: ['b', 'c', 'd'] });
  const crowd = startDue({ wanted: ['x', 'y', 'z'], expired: ['b'] });
  for (const { setAside, clock, next } of [whole, full, crowd]) {
    for (const item of ['a', 'b', 'gone']) setAside.put(item, 'note', undefined);
    for (const step of ['logout', 'settle', 'made'] as const) setAside.put(`of ${step}`, step, undefined);
    clock.pass(1_000);
    await next(true);
  }
  const others = { logout: 1, settle: 1, made: 1 };
  t.match(whole.setAside.counts(), { note: 2, ...others });
  t.match(full.setAside.counts(), { note: 3, ...others }, 'more may be due');
  t.match(crowd.setAside.counts(), { note: 3, ...others }, 'more people may wait');
});
