import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import {
  type DueStore,
  EdgeRefusal,
  type EdgeStore,
  type UserStore,
} from '../../../../services/auth/domain/ports.ts';
import { createSchedule } from '../../../../services/auth/revocations/schedule.ts';
import type { MemoryStores } from '../support/memory-stores.ts';
import { createRevoking, numbered } from '../support/revoking.ts';

/** Users whose name begins with `bad` cannot be read. */
function unreadable({ users }: MemoryStores) {
  const reads: string[] = [];
  const state = { isMended: false };
  const read: UserStore['read'] = async (userId) => {
    reads.push(userId);
    if (userId.startsWith('bad') && !state.isMended) throw new GatewayError('store_unavailable');
    return users.read(userId);
  };
  return { reads, state, users: { ...users, read } };
}

/** The store refuses every update with such an entry. */
function refusing(edge: EdgeStore, isRefused: (key: string) => boolean) {
  const calls = { write: 0, refused: 0 };
  const write: EdgeStore['write'] = async (version, entries) => {
    calls.write++;
    if (entries.some(({ key }) => isRefused(key))) {
      calls.refused++;
      throw new EdgeRefusal('invalid');
    }
    return edge.write(version, entries);
  };
  return { calls, edge: { ...edge, write } };
}

t.test('who waits here and who waits elsewhere share a batch, which CloudFront takes', async (t) => {
  const sizes: number[] = [];
  const { untold, leave, until } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      write(version, entries) {
        sizes.push(entries.length);
        return edge.write(version, entries);
      },
    },
  }));
  await untold(...numbered('elsewhere', 45));
  await until(Promise.all(numbered('here', 30).map(leave)));
  t.strictSame(sizes.slice(0, 2), [50, 25]);
});

t.test('300 records that cannot be read, at the head of the index, keep nobody waiting', async (t) => {
  const { memory, teller, schedule, failures, untold, signOut, until } = createRevoking(unreadable);
  await untold(...numbered('bad', 300), ...numbered('good', 60));
  t.equal(await signOut('alice'), 'told');
  await until(schedule.run(15_000));
  for (const name of numbered('good', 60)) t.ok(memory.entry(parseUserId(name)), name);
  t.match(teller.setAside.counts(), { read: 300 });
  t.strictSame(failures[0], { step: 'read', userId: 'bad-0' });
  t.equal(schedule.state().isWell, false);
});

t.test('a record that is set aside is tried less and less often, and told once it can be read', async (t) => {
  let bad: ReturnType<typeof unreadable> | undefined;
  const { memory, schedule, teller, untold, until, wait } = createRevoking((stores) => {
    bad = unreadable(stores);
    return bad;
  });
  const [userId] = await untold('bad');
  const tries: number[] = [];
  for (let minute = 0; minute < 60; minute++) {
    const before = bad?.reads.length ?? 0;
    const { failures } = await until(schedule.run(15_000));
    tries.push((bad?.reads.length ?? 0) - before);
    t.equal(failures, tries.at(-1), 'each failure is in the report');
    await wait(60);
  }
  const total = tries.reduce((sum, each) => sum + each, 0);
  t.ok(total >= 12 && total <= 25, `${total} tries in an hour`);
  t.strictSame(new Set(tries.slice(-10)), new Set([0, 1]), 'every five minutes');
  if (bad) bad.state.isMended = true;
  await wait(300);
  await until(schedule.run(15_000));
  t.match(userId && memory.record(userId).user, { changes: 1, told: 1 });
  t.match(teller.setAside.counts(), { read: 0 });
  t.equal(schedule.state().isWell, true);
});

t.test('a record that another process told is not set aside any more', async (t) => {
  const memory = createRevoking();
  const first = createRevoking(unreadable, memory.memory);
  await first.untold('bad');
  await first.until(first.schedule.run(15_000));
  t.equal(first.schedule.state().isWell, false);
  await memory.until(memory.schedule.run(15_000));
  await first.wait(60);
  await first.until(first.schedule.run(15_000));
  t.match(first.schedule.state(), { isWell: true, untoldSeconds: 0 });
});

t.test('a table that fails as a whole: nothing is known of the record that was set aside', async (t) => {
  let isDown = false;
  const { schedule, untold, until, wait } = createRevoking((memory) => {
    const { users } = unreadable(memory);
    const look: DueStore['untold'] = async (...given) => {
      if (isDown) throw new GatewayError('store_unavailable');
      return memory.due.untold(...given);
    };
    return { users, due: { ...memory.due, untold: look } };
  });
  await untold('bad');
  await until(schedule.run(15_000));
  t.equal((await schedule.look()).isWell, false);
  isDown = true;
  await t.rejects(schedule.look(), { code: 'store_unavailable' });
  t.match(schedule.state(), { isWell: true, setAside: 1 });
  isDown = false;
  t.equal((await schedule.look()).isWell, false);
  isDown = true;
  await t.rejects(schedule.look());
  await wait(61);
  t.equal(schedule.state().isWell, false, 'a change has waited for too long, whatever the table says now');
});

t.test('a record whose note fails: the others of its batch are told', async (t) => {
  const { memory, teller, schedule, untold, until } = createRevoking(({ users }) => ({
    users: {
      ...users,
      write: async (userId, version, user) => {
        if (userId === 'bad') throw new GatewayError('store_unavailable');
        return users.write(userId, version, user);
      },
    },
  }));
  await untold('bad', ...numbered('good', 10));
  t.match(await until(schedule.run(15_000)), { entries: 11, failures: 1 });
  t.match(teller.setAside.counts(), { note: 1 });
  for (const name of numbered('good', 10)) {
    const { told, changes } = memory.record(parseUserId(name)).user;
    t.equal(told, changes, name);
  }
});

t.test('a record that is read far more slowly than the others', async (t) => {
  const { memory, schedule, clock, untold, until, teller } = createRevoking(({ users }) => ({
    users: {
      ...users,
      read: async (userId) => {
        if (userId === 'slow') await clock.sleep(8_000);
        return users.read(userId);
      },
    },
  }));
  await untold('slow', ...numbered('good', 10));
  const sinceMs = clock.now();
  await until(schedule.run(15_000));
  t.ok(clock.now() - sinceMs < 1_000, `${clock.now() - sinceMs} ms`);
  for (const name of numbered('good', 10)) t.ok(memory.entry(parseUserId(name)), name);
  t.equal(teller.setAside.failures(), 0, 'it may still succeed');
  await until(clock.sleep(8_000));
  const again = schedule.run(15_000);
  await until(again);
  t.ok(memory.entry(parseUserId('slow')), 'if it is slow by itself, it is waited for');
});

t.test('a record that is read a little more slowly is told with the others', async (t) => {
  // Half of the others must be there before anybody counts as slow.
  for (const [slow, slowMs] of [
    [1, 499],
    [6, 700],
  ] as const) {
    const sizes: number[] = [];
    const { clock, teller, untold, until } = createRevoking(({ users, edge }) => ({
      users: {
        ...users,
        read: async (userId) => {
          if (userId.startsWith('slow')) await clock.sleep(slowMs);
          return users.read(userId);
        },
      },
      edge: {
        ...edge,
        write: async (version, entries) => {
          sizes.push(entries.length);
          return edge.write(version, entries);
        },
      },
    }));
    await untold(...numbered('slow', slow), ...numbered('good', 5));
    t.equal(await until(teller.drain(15_000)), slow + 5);
    t.strictSame(sizes, [slow + 5], `${slow}`);
  }
});

t.test('one of two records is never read: the other one is told', async (t) => {
  const { memory, teller, untold, until } = createRevoking(({ users }) => ({
    users: {
      ...users,
      read: async (userId) => (userId === 'bad' ? new Promise(() => {}) : users.read(userId)),
    },
  }));
  await untold('bad', 'good');
  t.equal(await until(teller.drain(15_000)), 1);
  t.ok(memory.entry(parseUserId('good')));
});

t.test('an entry that the store refuses: its halves are tried until it is alone', async (t) => {
  for (const before of [0, 30, 49]) {
    let calls = { write: 0, refused: 0 };
    const { memory, teller, untold, until, schedule } = createRevoking(({ edge }) => {
      const refused = refusing(edge, (userId) => userId === 'bad');
      calls = refused.calls;
      return refused;
    });
    const others = numbered('good', 49);
    await untold(...others.slice(0, before), 'bad', ...others.slice(before));
    await until(schedule.run(15_000));
    t.equal(memory.entry(parseUserId('bad')), undefined, `${before}`);
    for (const name of others) t.ok(memory.entry(parseUserId(name)), `${before}: ${name}`);
    t.match(teller.setAside.counts(), { invalid: 1 }, `${before}`);
    t.ok(calls.refused <= 7 && calls.write <= 14, `${before}: ${calls.refused} of ${calls.write} calls`);
  }
});

t.test('who waits for an entry that the store refuses is not answered with another one', async (t) => {
  const { leave, until } = createRevoking(({ edge }) => refusing(edge, (key) => key === 'bad'));
  const leaving = Promise.all(['good', 'bad', 'fine'].map(leave));
  t.strictSame(await until(leaving), ['told', 'pending', 'told']);
});

t.test('a run ends with an error if no memory is left to set aside what fails', async (t) => {
  const { teller, untold, until } = createRevoking(unreadable);
  for (let item = 0; item < 10_000; item++) teller.setAside.put(`u${item}`, 'read', undefined);
  await untold('bad');
  await t.rejects(until(teller.drain(15_000)), { message: 'too many revocations fail' });
});

t.test('an update that the store takes ends the count of its refusals', async (t) => {
  const { teller, untold, until } = createRevoking(({ edge }) =>
    refusing(edge, (userId) => userId.startsWith('bad')),
  );
  // Four bad entries at the head of a batch are eleven refusals in a row.
  for (const batch of ['a', 'b'])
    await untold(...numbered(`bad-${batch}`, 4), ...numbered(`good-${batch}`, 46));
  t.equal(await until(teller.drain(15_000)), 92);
  t.match(teller.setAside.counts(), { invalid: 8 });
});

t.test('a store that refuses everything is asked few times, since each call costs money', async (t) => {
  let calls = { write: 0, refused: 0 };
  const { teller, untold, until, failures } = createRevoking(({ edge }) => {
    const refused = refusing(edge, () => true);
    calls = refused.calls;
    return refused;
  });
  await untold(...numbered('good', 200));
  await t.rejects(until(teller.drain(15_000)), { name: 'EdgeRefusal' });
  t.equal(calls.write, 12);
  t.ok(failures.length < 8, 'few of them are set aside');
});

t.test('both steps of the schedule run, whatever the other does', async (t) => {
  const { memory, schedule, sessions, untold, until } = createRevoking();
  const [userId] = await untold('alice');
  sessions.finishProviderLogouts = async () => {
    throw new GatewayError('store_unavailable');
  };
  t.match(await until(schedule.run(15_000)), { entries: 1, failures: 1, untoldSeconds: 0 });
  t.ok(userId && memory.entry(userId));
  const [other] = await untold('bob');
  sessions.finishProviderLogouts = () => new Promise(() => {});
  t.match(await until(schedule.run(15_000)), { providerLogouts: 0, entries: 1 });
  t.ok(other && memory.entry(other));
});

t.test('a run counts what failed, and ends in its time, whatever its steps do', async (t) => {
  const { stores, teller, clock, untold, until } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      write: async (...given) => {
        toldMs = clock.monotonicMs();
        return edge.write(...given);
      },
    },
  }));
  let toldMs = 0;
  const fail = () => Promise.reject(new GatewayError('store_unavailable'));
  const hang = () => new Promise<never>(() => {});
  const later = <T>(then: () => Promise<T>) => clock.sleep(10_000).then(then);
  const nothing = { failures: 0, providerLogouts: 0 };
  type Steps = Partial<Record<'logouts' | 'files', () => Promise<number>>> & { teams?: () => Promise<void> };
  const cases: [what: string, steps: Steps, report: object, tookMs: number][] = [
    ['nothing to do', {}, nothing, 0],
    ['logouts fail', { logouts: fail }, { ...nothing, failures: 1 }, 0],
    ['logouts hang', { logouts: hang }, nothing, 15_000],
    [
      'logouts take long',
      { logouts: () => later(async () => 5) },
      { ...nothing, providerLogouts: 5 },
      10_000,
    ],
    ['teams fail', { teams: fail }, { ...nothing, failures: 1 }, 0],
    ['teams hang', { teams: hang }, nothing, 15_000],
    ['teams fail late', { teams: () => later(fail) }, { ...nothing, failures: 1 }, 10_000],
    ['files fail', { files: fail }, { ...nothing, failures: 1 }, 0],
    ['files hang', { files: hang }, nothing, 15_000],
    ['three files stay', { files: async () => 3 }, { ...nothing, failures: 3 }, 0],
  ];
  for (const [what, { logouts, teams, files }, report, tookMs] of cases) {
    const budgets: number[] = [];
    const halves: number[] = [];
    const schedule = createSchedule({
      ...{ ...stores, teller, clock, onEdgeError: () => {} },
      sessions: {
        async finishProviderLogouts(budgetMs) {
          halves.push(budgetMs);
          return logouts ? logouts() : 0;
        },
      },
      async settleDueTeams(budgetMs) {
        halves.push(budgetMs);
        await teams?.();
      },
      endDueInTeams: async () => 0,
      deletion: {
        async sweep(budgetMs) {
          budgets.push(budgetMs);
          return files ? files() : 0;
        },
      },
    });
    await untold(`user-${what.length}`);
    const sinceMs = clock.monotonicMs();
    t.match(await until(schedule.run(15_000)), report, what);
    t.equal(toldMs - sinceMs, Math.min(tookMs, files ? 0 : 7_500), `${what}: the edge is told`);
    t.strictSame(halves, [7_500, 7_500], what);
    t.equal(clock.monotonicMs() - sinceMs, tookMs, what);
    t.strictSame(budgets, [files ? 15_000 : 15_000 - tookMs], `${what}: the time of the files`);
  }
});

t.test('a look asks the table once, and says what it knows before it', async (t) => {
  const limits: number[] = [];
  let untoldSeconds = 60;
  const { schedule, teller, nowEpoch, until, signOut } = createRevoking(({ due, edge }) => ({
    due: {
      ...due,
      untold: async (limit, isPassedOver) => {
        limits.push(limit);
        const found = await due.untold(limit, isPassedOver);
        return found.map((each) => ({ ...each, untoldSinceEpoch: nowEpoch() - untoldSeconds }));
      },
    },
    edge: { ...edge, describe: () => Promise.reject(new Error('down')) },
  }));
  t.match(schedule.state(), { isWell: true, untoldSeconds: 0, setAside: 0 });
  teller.setAside.put('bad', 'read', undefined);
  t.match(schedule.state(), { isWell: false, untoldSeconds: 0, setAside: 1 });
  teller.setAside.drop('bad');
  t.equal(await signOut('alice'), 'pending');
  limits.length = 0;
  t.match(await until(schedule.look()), { isWell: false, untoldSeconds: 60 });
  t.strictSame(limits, [1], 'for one item');
  teller.seen = () => ({ isFailing: false });
  t.equal((await until(schedule.look())).isWell, true);
  untoldSeconds++;
  t.equal((await until(schedule.look())).isWell, false, 'a change waits for more than a minute');
});

t.test('logouts by the provider are finished although the edge does not answer', async (t) => {
  const { memory, schedule, nowEpoch, until } = createRevoking(() => ({
    edge: {
      describe: () => Promise.reject(new Error('down')),
      write: () => Promise.reject(new Error('down')),
    },
  }));
  await memory.pointers.mark({ kind: 'sid', hash: 'gone' }, { issuedAtEpoch: nowEpoch() }, nowEpoch());
  t.match(await until(schedule.run(15_000)), { providerLogouts: 1 });
  t.equal((await memory.pointers.due(1)).length, 0);
});
