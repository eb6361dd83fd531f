import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { OwnKey } from '../../../../services/auth/domain/own-key.ts';
import type { Told } from '../../../../services/auth/revocations/edge-teller.ts';
import { createInstances } from '../support/instances.ts';
import { createMemoryStores, type MemoryStores } from '../support/memory-stores.ts';
import { createRevoking, numbered } from '../support/revoking.ts';
import { seedSession } from '../support/seed-session.ts';

const ALICE = parseUserId('alice');

t.test(
  'the version of the edge is asked for at the start and after a conflict, whoever writes',
  async (t) => {
    let describes = 0;
    const counting = ({ edge }: MemoryStores) => ({
      edge: {
        ...edge,
        describe: () => {
          describes++;
          return edge.describe();
        },
      },
    });
    const memory = createMemoryStores();
    const [one, other] = [createRevoking(counting, memory), createRevoking(counting, memory)];
    for (const each of [one, other, one, other]) t.equal(await each.signOut('alice'), 'told');
    t.equal(describes, 1);

    const { version } = await memory.edge.describe();
    await memory.edge.write(version, [{ key: 'of-somebody-else', entry: '0,|0,' }]);
    for (const each of [one, other]) t.equal(await each.signOut('bob'), 'told');
    t.equal(describes, 2);
  },
);

t.test('holders of the lease that die one after the other: each is taken over after a second', async (t) => {
  const { memory, clock, signOut } = createRevoking();
  for (const name of ['alice', 'bob', 'carol']) {
    await memory.lease.swap(undefined, `a process that died before ${name}`);
    const sinceMs = clock.monotonicMs();
    t.equal(await signOut(name), 'told', name);
    const tookMs = clock.monotonicMs() - sinceMs;
    t.ok(tookMs >= 1_000 && tookMs < 2_000, `${name}: ${tookMs} ms`);
  }
});

t.test('a holder of the lease that died, and then the clock steps back by ten minutes', async (t) => {
  let onLook = () => {};
  const { memory, clock, teller, signOut, untold, until } = createRevoking(({ lease }) => ({
    lease: {
      ...lease,
      read: async () => {
        const number = await lease.read();
        onLook();
        return number;
      },
    },
  }));
  const { now } = clock;
  // The clock steps before the second look at the lease, which is then earlier than the first one by this clock.
  const stepAtSecondLook = () => {
    let looks = 0;
    clock.now = now;
    onLook = () => {
      looks++;
      if (looks === 2) clock.now = () => now() - 600_000;
    };
  };
  await memory.lease.swap(undefined, 'a process that died');
  stepAtSecondLook();
  t.equal(await signOut('alice'), 'told');

  await memory.lease.swap(undefined, 'another one that died');
  await untold('bob');
  stepAtSecondLook();
  const sinceMs = clock.monotonicMs();
  t.equal(await until(teller.drain(10_000)), 1);
  t.equal(Math.round(clock.monotonicMs() - sinceMs), 1_100);
});

t.test('a run of the schedule ends in its time although the clock steps back', async (t) => {
  let looks = 0;
  const { clock, teller, untold, until } = createRevoking(({ lease }) => ({
    // Another process holds the lease, and is busy.
    lease: { ...lease, swap: async () => false, read: async () => `${looks++}` },
  }));
  await untold('alice');
  const { now } = clock;
  const sinceMs = clock.monotonicMs();
  const draining = teller.drain(5_000);
  clock.now = () => now() - 600_000;
  t.equal(await until(draining), 0);
  t.ok(clock.monotonicMs() - sinceMs < 8_000, `${clock.monotonicMs() - sinceMs} ms`);
});

t.test('who waits here is answered when another process has told the edge', async (t) => {
  let looks = 0;
  let reads = 0;
  const { memory, leave, until } = createRevoking(({ lease, users }) => ({
    lease: { ...lease, swap: async () => false, read: async () => `${looks++}` },
    users: {
      ...users,
      read: async (userId) => {
        if (reads++ === 0) throw new GatewayError('store_unavailable');
        return users.read(userId);
      },
    },
  }));
  const leaving = leave('alice');
  await new Promise(setImmediate);
  const other = createRevoking(() => ({}), memory);
  t.equal(await other.until(other.teller.drain(1_000)), 1);
  t.equal(await until(leaving), 'told');
  t.equal(reads, 2, 'a look at the own record that failed is made again');
});

t.test('who comes after all were answered by another process waits for no pause', async (t) => {
  let isHeld = true;
  const { memory, clock, leave, until } = createRevoking(({ lease }) => ({
    lease: { read: lease.read, swap: async (...given) => !isHeld && lease.swap(...given) },
  }));
  const leaving = leave('alice');
  await new Promise(setImmediate);
  const other = createRevoking(() => ({}), memory);
  await other.until(other.teller.drain(1_000));
  t.equal(await until(leaving), 'told');
  isHeld = false;
  const beganMs = clock.monotonicMs();
  t.equal(await until(leave('bob')), 'told');
  t.equal(clock.monotonicMs() - beganMs, 0);
});

t.test('a lease whose store fails once or twice is asked for again', async (t) => {
  for (const [swaps, reads] of [
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 1],
  ] as const) {
    const left = { swaps, reads };
    const failing = async (what: keyof typeof left) => {
      if (left[what]-- > 0) throw new GatewayError('store_unavailable');
    };
    const { signOut } = createRevoking(({ lease }) => ({
      lease: {
        swap: (...given) => failing('swaps').then(() => lease.swap(...given)),
        read: () => failing('reads').then(() => lease.read()),
      },
    }));
    t.equal(await signOut('alice'), 'told', `${swaps}, ${reads}`);
  }
});

t.test('what the edge knows already costs no call', async (t) => {
  const { memory, teller, until } = createRevoking(() => ({
    lease: {
      swap: () => Promise.reject(new Error('a call')),
      read: () => Promise.reject(new Error('a call')),
    },
  }));
  memory.users.read = () => Promise.reject(new Error('a call'));
  t.equal(await until(teller.tell(ALICE, { changes: 1, told: 1 })), 'told');
});

t.test('a process that another one overtook at the store pauses, and tells again', async (t) => {
  let conflicts = 1;
  const { clock, signOut } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      write: async (...given) => (conflicts-- > 0 ? false : edge.write(...given)),
    },
  }));
  const { random } = Math;
  t.teardown(() => {
    Math.random = random;
  });
  Math.random = () => 1;
  const beganMs = clock.monotonicMs();
  t.equal(await signOut('alice'), 'told');
  t.equal(clock.monotonicMs() - beganMs, 200);
});

t.test('a run of the schedule that loses the lease tells what the other process has left', async (t) => {
  let isTaken = false;
  const { memory, teller, untold, until } = createRevoking(({ lease }) => ({
    lease: {
      ...lease,
      // Another process takes the lease before the first batch, and dies.
      swap: async (expected, next) => {
        if (expected !== undefined && !isTaken) {
          isTaken = true;
          await lease.swap(expected, 'of another process');
        }
        return lease.swap(expected, next);
      },
    },
  }));
  await untold('alice');
  t.equal(await until(teller.drain(10_000)), 1);
  t.ok(isTaken && memory.entry(ALICE));
});

t.test('a run that has told all ends, although the index shows an older state', async (t) => {
  const older = ({ due }: MemoryStores) => ({
    due: {
      ...due,
      untold: async (_limit: number, isPassedOver: (key: OwnKey) => boolean = () => false) =>
        isPassedOver(ALICE) ? [] : [{ key: ALICE, untoldSinceEpoch: 0 }],
    },
  });
  const { memory, clock, teller, untold, until } = createRevoking(older);
  await untold('alice');
  const beganMs = clock.monotonicMs();
  t.equal(await until(teller.drain(10_000)), 1);
  const other = createRevoking(older, memory);
  t.equal(await other.until(other.teller.drain(10_000)), 0, 'so does that of another process');
  t.equal(clock.monotonicMs() - beganMs, 0);
});

t.test('who was answered without the edge is waited for no longer', async (t) => {
  let looks = 0;
  let swaps = 0;
  const { leave, until, wait } = createRevoking(() => ({
    // Another process holds the lease, and does nothing with it.
    lease: { swap: async () => swaps++ < 0 && {}, read: async () => `${looks++}` },
  }));
  t.strictSame(await until(Promise.all([leave('alice'), leave('bob')])), ['pending', 'pending']);
  t.equal(swaps, 1, 'one of them tries to take the lease for both');
  await wait(5);
  const before = looks;
  t.ok(before > 0);
  await wait(60);
  t.equal(looks, before, 'nobody looks at the lease');
});

t.test(
  'looks at the lease and at the own record come at random times, and at the latter less often',
  async (t) => {
    const { random } = Math;
    t.teardown(() => {
      Math.random = random;
    });
    for (const [chance, leaseMs, ownMs] of [
      [
        0,
        [0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750],
        [50, 125, 238, 406, 606, 806, 1_006, 1_206, 1_406, 1_606, 1_806],
      ],
      [1, [0, 750, 1_500], [150, 375, 713, 1_219, 1_819]],
    ] as const) {
      Math.random = () => chance;
      const looks: Record<'lease' | 'own', number[]> = { lease: [], own: [] };
      const { clock, signOut } = createRevoking(({ users }) => ({
        lease: {
          swap: async () => false,
          read: async () => `${looks.lease.push(Math.round(clock.monotonicMs()))}`,
        },
        users: {
          ...users,
          read: async (userId) => {
            looks.own.push(Math.round(clock.monotonicMs()));
            return users.read(userId);
          },
        },
      }));
      t.equal(await signOut('alice'), 'pending');
      t.strictSame(looks, { lease: leaseMs, own: ownMs }, `${chance}`);
    }
  },
);

t.test('a store that fails is not asked again at once for those who come meanwhile', async (t) => {
  const calledMs: number[] = [];
  let late: Promise<Told> | undefined;
  const { clock, signOut, leave, until } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      describe: async () => {
        calledMs.push(clock.monotonicMs());
        late ??= leave('bob');
        await new Promise(setImmediate);
        throw new Error('down');
      },
    },
  }));
  t.equal(await signOut('alice'), 'pending');
  t.equal(await until(late ?? Promise.resolve('told')), 'pending');
  const [first = 0, second = 0] = calledMs;
  t.ok(second - first >= 250, calledMs.join());
});

t.test('who is told at once causes no look at the own record', async (t) => {
  const reads: string[] = [];
  const { signOut, wait } = createRevoking(({ users }) => ({
    users: {
      ...users,
      read: async (userId) => {
        reads.push(userId);
        return users.read(userId);
      },
    },
  }));
  t.equal(await signOut('alice'), 'told');
  await wait(5);
  t.strictSame(reads, ['alice'], 'the writer reads it');
});

t.test('a run that has no time left writes nothing', async (t) => {
  const { teller, untold, until } = createRevoking();
  await untold('alice');
  for (const budgetMs of [0, -1]) t.equal(await until(teller.drain(budgetMs)), 0, `${budgetMs}`);
  t.equal(await until(teller.drain(1)), 1);
});

t.test('a sign-out waits for nothing while the sign-out before it returns the lease', async (t) => {
  let second: Promise<Told> | undefined;
  const { clock, signOut, leave, until } = createRevoking(({ lease }) => ({
    lease: {
      ...lease,
      swap: async (expected, next) => {
        if (next === undefined) second ??= leave('bob');
        return lease.swap(expected, next);
      },
    },
  }));
  const beganMs = clock.monotonicMs();
  t.equal(await signOut('alice'), 'told');
  while (!second) await new Promise(setImmediate);
  t.equal(await until(second), 'told');
  t.equal(clock.monotonicMs() - beganMs, 0, 'the stores take no time by this clock');
});

t.test(
  'two wait for changes of one record, the later change first: the run under way tells both',
  async (t) => {
    const tells: Promise<Told>[] = [];
    const { memory, clock, teller, end, untold, until } = createRevoking(({ users }) => ({
      users: {
        ...users,
        write: async (userId, version, user) => {
          if (userId === 'bob' && user.told > 0 && tells.length === 0) await changeAgain();
          return users.write(userId, version, user);
        },
      },
    }));
    /** The edge knows a change of this record by now. The writer still notes another one. */
    async function changeAgain(): Promise<void> {
      t.match(memory.record(ALICE).user, { changes: 1, told: 1 });
      await seedSession(memory.users, ALICE);
      tells.push(teller.tell(ALICE, await end(ALICE)), teller.tell(ALICE, { changes: 1, told: 0 }));
    }
    await untold('alice', 'bob');
    const beganMs = clock.monotonicMs();
    t.equal(await until(teller.drain(10_000)), 3, 'one of them twice');
    t.strictSame(await until(Promise.all(tells)), ['told', 'told']);
    t.equal(clock.monotonicMs() - beganMs, 0);
  },
);

t.test('a change that comes while the edge is told of an earlier one is told by itself', async (t) => {
  let later: Promise<Told> | undefined;
  let toldThen = 0;
  const { memory, teller, end, untold, until } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      write: async (...given) => {
        if (!later) {
          await seedSession(memory.users, ALICE);
          later = teller.tell(ALICE, await end(ALICE)).finally(() => {
            toldThen = memory.record(ALICE).user.told;
          });
        }
        return edge.write(...given);
      },
    },
  }));
  await untold('alice');
  t.equal(await until(teller.drain(10_000)), 2);
  t.equal(await until(later ?? Promise.resolve('pending')), 'told');
  t.equal(toldThen, 2);
});

t.test('a new sign-out of a user whose record failed before is told at once', async (t) => {
  const { first, signIn, wait } = createInstances();
  const { users } = first.stores;
  const [a, b] = [await signIn(), await signIn()];
  // The edge is told of the first sign-out, and for 40 minutes nothing can be noted.
  const { write } = users;
  users.write = async (userId, version, user) => {
    if (user.told > 0) throw new Error('no answer');
    return write(userId, version, user);
  };
  await (await first.sessions.end(a.current)).edge;
  for (let run = 0; run < 8; run++) {
    wait(310);
    await first.schedule.run(1_000);
  }
  users.write = write;
  t.equal(first.teller.setAside.counts().note, 1);
  const { edge } = await first.sessions.end({ ...b.current, known: await users.read(b.current.userId) });
  t.equal(await edge, 'told');
  t.equal(first.teller.setAside.counts().note, 0);
});

t.test("the edge's store counts as failing until another process has told what was due", async (t) => {
  const { memory, teller, schedule, clock, signOut, until, wait } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      describe: async () => {
        throw new Error('no answer');
      },
    },
  }));
  await wait(5);
  const sinceMs = clock.monotonicMs();
  t.equal(await signOut('alice'), 'pending');
  t.equal(clock.monotonicMs() - sinceMs, 2_000);
  t.equal(await until(teller.isAnythingDue()), true);
  t.equal(teller.seen().isFailing, true);
  const other = createRevoking(undefined, memory);
  t.equal(await other.until(other.teller.drain(10_000)), 1);
  t.match(await until(schedule.look()), { isWell: true, untoldSeconds: 0 });
  t.equal(teller.seen().isFailing, false);
});

t.test(
  'an hour of idle schedule: no call; one sign-out: one after the first look, and one when its entry goes',
  async (t) => {
    // AWS bills each call of the KeyValueStore.
    const calls: string[] = [];
    const limits = new Set<number>();
    const { schedule, teller, memory, signOut, untold, until, wait } = createRevoking(({ edge, due }) => ({
      due: {
        ...due,
        untold: async (limit, ...given) => {
          limits.add(limit);
          return due.untold(limit, ...given);
        },
        expired: async (atEpoch, limit, ...given) => {
          limits.add(limit);
          return due.expired(atEpoch, limit, ...given);
        },
      },
      edge: {
        describe: () => {
          calls.push('describe');
          return edge.describe();
        },
        write: (...given) => {
          calls.push('write');
          return edge.write(...given);
        },
      },
    }));
    const idle = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 15) {
        t.match(await until(schedule.run(15_000)), { failures: 0, untoldSeconds: 0 }, `after ${passed} s`);
        await wait(15);
      }
      return calls.splice(0);
    };
    t.strictSame(await idle(3_600), []);
    t.strictSame([...limits], [1], 'the table is asked for one item');
    t.equal(await signOut('alice'), 'told');
    t.strictSame(calls.splice(0), ['describe', 'write']);
    t.strictSame(await idle(3_600), ['write']);
    t.strictSame(await memory.due.expired(Number.MAX_SAFE_INTEGER, 1), []);
    t.strictSame(await idle(3_600), []);
    await untold(...numbered('of-a-crowd', 120));
    t.equal(await until(teller.drain(15_000)), 120);
    t.strictSame(calls, ['write', 'write', 'write'], 'each write says the next version');
  },
);

for (const outlivesRequests of [true, false]) {
  const kind = outlivesRequests ? 'goes on after its answers' : 'freezes after its answers';
  t.test(`a process that ${kind}: the lease, and what others left`, async (t) => {
    let isFirst = true;
    const { memory, clock, signOut, untold, wait } = createRevoking(
      ({ edge, lease }) => ({
        edge: {
          ...edge,
          write: async (...given) => {
            // Bob's process crashes before it tells the edge. Nobody waits here for Bob.
            if (isFirst) await untold('bob');
            isFirst = false;
            return edge.write(...given);
          },
        },
        lease: {
          ...lease,
          swap: async (expected, next) => {
            if (next === undefined) await clock.sleep(100);
            return lease.swap(expected, next);
          },
        },
      }),
      createMemoryStores(),
      outlivesRequests,
    );
    t.equal(await signOut('alice'), 'told');
    t.equal((await memory.lease.read()) === undefined, !outlivesRequests, 'it is back before the answer');
    await wait(5);
    const { told, changes } = memory.record(parseUserId('bob')).user;
    t.equal(told === changes, outlivesRequests, 'a process that freezes leaves the rest to the schedule');
  });
}

t.test(
  'a process that freezes helps a crowd, but begins no batch after three quarters of its wait',
  async (t) => {
    let writes = 0;
    const { clock, untold, signOut, wait } = createRevoking(
      ({ edge }) => ({
        edge: {
          ...edge,
          write: async (...given) => {
            writes++;
            await clock.sleep(500);
            return edge.write(...given);
          },
        },
      }),
      createMemoryStores(),
      false,
    );
    await untold(...numbered('untold', 300));
    t.equal(await signOut('alice'), 'told');
    await wait(5);
    t.equal(writes, 3, 'they begin after 0, 0.5 and 1 of 2 seconds');
  },
);
