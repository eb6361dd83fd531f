import t, { type Test } from 'tap';
import { inNode, stubStorage } from '../in-node.ts';

const { exclusive, joinTabs, recall, remember } = await inNode('client/tabs.ts');

type Listener = (event: object) => void;

/** A tab in a window that the test makes. `done` has what the tab does, `posted` what it tells other tabs. */
function start(t: Test, { user = 'alice', isOverdue = false } = {}) {
  const listeners = new Map<string, Listener>();
  const done: string[] = [];
  const posted: object[] = [];
  let channel: { onmessage?: (event: { data: object }) => void } = {};
  const Channel = class {
    onmessage?: (event: { data: object }) => void;
    constructor() {
      channel = this;
    }
    postMessage(message: object) {
      posted.push(message);
    }
  };
  const listen = (type: string, listener: Listener) => void listeners.set(type, listener);
  for (const [name, value] of Object.entries({
    window: {},
    BroadcastChannel: Channel,
    addEventListener: listen,
  })) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.teardown(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else Reflect.deleteProperty(globalThis, name);
    });
  }
  const known = {
    accept: () => done.push('accept'),
    acceptTeam: (team: { id: string }, isRetold?: boolean) => done.push(`team ${team.id} ${isRetold}`),
    current: () => (user === '' ? undefined : { user: { id: user } }),
    signOut: (reason: string) => done.push(`signOut ${reason}`),
    isOverdue: () => isOverdue,
    teamNews: () => [{ id: 'one' }, { id: 'two' }],
  };
  const tab = joinTabs(known, () => done.push('goOn'));
  return {
    tab,
    done,
    posted,
    on: (type: string) => listeners.get(type)?.({}),
    hear: (data: object) => channel.onmessage?.({ data }),
  };
}

const news = (isRenewal: boolean, isTold = false) => ({ news: { session: {}, isRenewal, isTold } });
const RETOLD = [
  { team: { id: 'one' }, isRetold: true },
  { team: { id: 'two' }, isRetold: true },
];

t.test('what another tab tells: what this one does, and what it tells', async (t) => {
  for (const [what, message, user, does, tells] of [
    ['a renewal', news(true), 'alice', ['accept'], []],
    ['the first news of a new tab', news(false), 'alice', ['accept'], RETOLD],
    ['a renewal, while nobody is known here', news(true), '', ['goOn'], []],
    ['the news of a team', { team: { id: 'x' } }, 'alice', ['team x undefined'], []],
    ['the news of a team once more', { team: { id: 'x' }, isRetold: true }, 'alice', ['team x true'], []],
    ['the end of this user', { signedOut: 'alice' }, 'alice', ['signOut elsewhere'], []],
    ['the end of another user', { signedOut: 'bob' }, 'alice', [], []],
    ['an end, while nobody is known here', { signedOut: 'alice' }, '', [], []],
    ['activity', {}, 'alice', [], []],
    ['activity, while nobody is known here', {}, '', [], []],
  ] as const) {
    const { done, posted, hear } = start(t, { user });
    hear(message);
    t.strictSame([done, posted], [does, tells], what);
  }
});

t.test('a person who is active is told once, until the app host knows', async (t) => {
  const { tab, posted, on, hear } = start(t);
  t.equal(tab.isActive, false);
  on('keydown');
  on('pointerdown');
  t.strictSame([tab.isActive, posted], [true, [{}]]);
  hear(news(true));
  t.equal(tab.isActive, true, 'the app host was not told');
  hear(news(true, true));
  t.equal(tab.isActive, false);
  on('pointerdown');
  t.strictSame([tab.isActive, posted.length], [true, 2]);
});

t.test('a tab that ends the session takes nothing in', async (t) => {
  const { tab, done, hear } = start(t);
  tab.isStopped = true;
  for (const message of [news(true), { team: { id: 'x' } }, { signedOut: 'alice' }, {}]) hear(message);
  t.strictSame([done, tab.isActive], [[], false]);
});

t.test('what this tab tells, it hears itself', async (t) => {
  const { tab, done, posted } = start(t);
  tab.tell({ signedOut: 'alice' });
  t.strictSame([done, posted], [['signOut elsewhere'], [{ signedOut: 'alice' }]]);
});

t.test('a tab that wakes up asks for what is overdue', async (t) => {
  for (const isOverdue of [true, false]) {
    for (const type of ['focus', 'online', 'visibilitychange']) {
      const { done, on } = start(t, { isOverdue });
      on(type);
      t.strictSame(done, isOverdue ? ['goOn'] : [], `${type} ${isOverdue}`);
    }
  }
});

/** A clock that goes on by the pauses that are asked for. */
function withoutPauses(t: Test): { nowMs: number } {
  const clock = { nowMs: 1_000_000 };
  t.intercept(Date, 'now', { value: () => clock.nowMs, configurable: true });
  t.intercept(Math, 'random', { value: () => 0.5, configurable: true });
  const wait = (run: () => void, ms: number) => {
    clock.nowMs += ms;
    setImmediate(run);
  };
  t.intercept(globalThis, 'setTimeout', { value: wait, configurable: true });
  t.intercept(navigator, 'locks', { value: undefined, configurable: true });
  return clock;
}

t.test('a lease: free, held, left behind, and taken by another tab at the same time', async (t) => {
  const clock = withoutPauses(t);
  const kept = stubStorage(t);
  const lease = 'cookie-gatewaylease';
  let waited: boolean | undefined;
  const run = async (hasWaited: boolean) => {
    waited = hasWaited;
    t.equal(kept.get(lease), String(clock.nowMs - 400 + 35_000.5), 'it is this tab’s, for 35 seconds');
  };
  await exclusive(run);
  t.strictSame([waited, kept.size], [false, 0]);

  // It ends at this very moment.
  kept.set(lease, String(clock.nowMs));
  await exclusive(run);
  t.strictSame([waited, kept.size], [true, 0]);

  kept.set(lease, String(clock.nowMs - 1));
  await exclusive(run);
  t.equal(waited, false, 'it was left behind');

  const until = clock.nowMs + 10_000;
  kept.set(lease, String(until));
  await exclusive(run);
  t.equal(waited, true);
  t.ok(clock.nowMs > until, 'not before it is free');
  t.equal(kept.size, 0);
});

t.test('a lease that another tab has written over is lost', async (t) => {
  withoutPauses(t);
  const kept = stubStorage(t);
  const set = kept.set.bind(kept);
  let writes = 0;
  t.intercept(kept, 'set', {
    value: (key: string, value: string) => {
      set(key, value);
      // Of another tab, right after the first one of this tab.
      if (++writes === 1) setImmediate(() => set(key, '1'));
      return kept;
    },
  });
  let waited: boolean | undefined;
  await exclusive(async (hasWaited: boolean) => {
    waited = hasWaited;
  });
  t.strictSame([waited, writes], [true, 2]);
});

t.test('a browser that keeps nothing lets each tab ask', async (t) => {
  const clock = withoutPauses(t);
  t.intercept(globalThis, 'localStorage', {
    get: () => {
      throw new Error('of the browser');
    },
    configurable: true,
  });
  t.strictSame([recall('a'), remember('a', 'b'), remember('a')], [null, false, false]);
  const { nowMs } = clock;
  let waited: boolean | undefined;
  await exclusive(async (hasWaited: boolean) => {
    waited = hasWaited;
  });
  t.strictSame([waited, clock.nowMs], [false, nowMs], 'at once');
});

t.test('a lock: free, and held by another tab', async (t) => {
  const asked: object[] = [];
  let isFree = true;
  const request = async (
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    run: (lock?: object) => unknown,
  ) => {
    asked.push({ name, ...options });
    return run(options.ifAvailable && !isFree ? undefined : {});
  };
  t.intercept(navigator, 'locks', { value: { request }, configurable: true });
  const order: boolean[] = [];
  const run = async (waited: boolean) => void order.push(waited);
  await exclusive(run);
  isFree = false;
  await exclusive(run);
  t.strictSame(order, [false, true]);
  t.match(asked, [
    { name: 'cookie-gateway', ifAvailable: true },
    { name: 'cookie-gateway', ifAvailable: true },
    { name: 'cookie-gateway', signal: AbortSignal },
  ]);
});
