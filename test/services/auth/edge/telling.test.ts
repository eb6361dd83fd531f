import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { withEdgeTold, withRevokedShare } from '../../../../services/auth/edge/entry.ts';
import { EdgeRefusal, type EdgeStore } from '../../../../services/auth/edge/store.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import type { Stores } from '../../../../services/auth/table/stores.ts';
import { newTeam } from '../../../../services/auth/teams/team.ts';
import { createMemoryStores, type MemoryStores } from '../support/memory-stores.ts';
import { createRevoking, numbered } from '../support/revoking.ts';

t.test('holders of the lease that die one after the other: each is taken over after a second', async (t) => {
  const { memory, clock, signOut } = createRevoking();
  for (const name of ['alice', 'bob', 'carol']) {
    await memory.lease.write((await memory.lease.read()).version, { isHeld: true });
    const sinceMs = clock.monotonicMs();
    t.equal(await signOut(name), 'told', name);
    const tookMs = clock.monotonicMs() - sinceMs;
    t.ok(tookMs >= 1_000 && tookMs < 2_000, `${name}: ${tookMs} ms`);
  }
});

t.test('a holder of the lease that died, and then the clock steps back by ten minutes', async (t) => {
  let onLook = () => {};
  const { memory, clock, signOut } = createRevoking(({ lease }) => ({
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
  await memory.lease.write((await memory.lease.read()).version, { isHeld: true });
  stepAtSecondLook();
  t.equal(await signOut('alice'), 'told');
});

t.test(
  'a process that is told while it takes the lease gives it back before it answers and freezes',
  async (t) => {
    const { memory, clock, nowEpoch, signOut } = createRevoking(
      ({ lease, users }) => ({
        lease: {
          ...lease,
          async write(...given) {
            const isWritten = await lease.write(...given);
            // Another process told the edge just before.
            const { user, version } = await users.read(parseUserId('alice'));
            await users.write(
              parseUserId('alice'),
              version,
              withEdgeTold(user, user, nowEpoch(), nowEpoch()),
            );
            await clock.sleep(300);
            return isWritten;
          },
        },
      }),
      createMemoryStores(),
      false,
    );
    t.equal(await signOut('alice'), 'told');
    t.match(await memory.lease.read(), { isHeld: false });
  },
);

/** Users whose name begins with `bad` cannot be read. */
function unreadable({ users }: MemoryStores) {
  const reads: string[] = [];
  const state = { isMended: false };
  const read: Stores['users']['read'] = async (userId) => {
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

t.test('300 records that cannot be read, at the head of the index, keep nobody waiting', async (t) => {
  const { memory, teller, schedule, failures, untold, signOut, until, wait } = createRevoking(unreadable);
  await untold(...numbered('bad', 300), ...numbered('good', 60));
  t.equal(await signOut('alice'), 'told');
  await until(schedule.run(15_000));
  for (const name of numbered('good', 60)) t.ok(memory.entry(parseUserId(name)), name);
  t.equal(teller.failures.count(), 300, 'each once');
  t.strictSame(failures[0], { step: 'read', userId: 'bad-0' });
  await wait(120);
  t.match(await schedule.look(), { isWell: false }, 'somebody has to look');
});

t.test(
  'a table that was slow for half a minute puts nothing off: once it answers, all is told',
  async (t) => {
    let isSlow = true;
    const { memory, schedule, clock, untold, signOut, until, wait } = createRevoking(({ users }) => ({
      users: {
        ...users,
        async read(userId) {
          if (isSlow) await clock.sleep(1_600);
          return users.read(userId);
        },
      },
    }));
    await untold(...numbered('user', 3));
    t.equal(await signOut('alice'), 'pending');
    for (let run = 0; run < 2; run++) {
      await until(schedule.run(15_000));
      await wait(15);
    }
    isSlow = false;
    await until(schedule.run(15_000));
    for (const name of ['alice', ...numbered('user', 3)]) t.ok(memory.entry(parseUserId(name)), name);
  },
);

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
    t.equal(teller.failures.count(), 1, `${before}`);
    t.ok(calls.refused <= 7 && calls.write <= 14, `${before}: ${calls.refused} of ${calls.write} calls`);
  }
});

t.test('an item of which only a part has room in the full store waits for a later run', async (t) => {
  let writes = 0;
  const { memory, teller, schedule, until, nowEpoch } = createRevoking(({ edge }) => ({
    edge: {
      ...edge,
      async write(version, entries) {
        writes++;
        if (entries.some(({ key }) => key === '.2')) throw new EdgeRefusal('full');
        return edge.write(version, entries);
      },
    },
  }));
  const change = { changes: 2, pendingSinceEpoch: nowEpoch(), revokedStarts: [{ number: 1_795_000_000 }] };
  const key = { number: 2, floor: { through: 0 }, singles: [{ number: 1_000_001_024 }], lastChange: 2 };
  await memory.users.write(parseUserId('half'), 0, { ...NEW_USER, ...change, teamKeys: [key] });
  await until(schedule.run(15_000));
  t.match(memory.record(parseUserId('half')).user, { told: 0 });
  t.equal(teller.failures.count(), 1);
  t.ok(writes <= 4, `${writes} writes`);
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
  t.equal((await memory.due.list('logout', 1)).length, 0);
});

/** A team with a share that was revoked. The edge does not know it. */
async function revoked({ memory, nowEpoch }: ReturnType<typeof createRevoking>): Promise<TeamId> {
  const teamId = newTeamId();
  const shared = { ...newTeam('Photos', { userId: parseUserId('ann') }, 1), members: [], lastShare: 7 };
  await memory.teams.write(teamId, 0, withRevokedShare(shared, 7, nowEpoch() + 600, nowEpoch()));
  return teamId;
}

const down = async () => {
  throw new GatewayError('store_unavailable');
};

t.test('one bad team waits alone, and is told once it is mended', async (t) => {
  let bad = '';
  const changes: [step: string, change: (memory: MemoryStores) => Partial<MemoryStores>][] = [
    ['read', ({ teams }) => ({ teams: { ...teams, read: (id) => (id === bad ? down() : teams.read(id)) } })],
    [
      'note',
      ({ teams }) => ({
        teams: { ...teams, write: (id, ...given) => (id === bad ? down() : teams.write(id, ...given)) },
      }),
    ],
    [
      'invalid',
      ({ edge }) => ({
        edge: {
          ...edge,
          async write(version, entries) {
            if (entries.some(({ key }) => key === `${bad}.shares`)) throw new EdgeRefusal('invalid');
            return edge.write(version, entries);
          },
        },
      }),
    ],
  ];
  for (const [step, change] of changes) {
    const process = createRevoking(change);
    const { memory, schedule, failures, untold, until, wait } = process;
    const teamId = await revoked(process);
    bad = teamId;
    await untold(...numbered('good', 60));
    const other = await revoked(process);
    const report = await until(schedule.run(15_000));
    t.ok(report.failures > 0, step);
    t.ok(
      failures.some((failed) => failed?.step === step && 'teamId' in failed && failed.teamId === teamId),
      step,
    );
    t.match(memory.team(other)?.team, { told: 1 }, step);
    for (const name of numbered('good', 60)) t.ok(memory.entry(name), name);
    t.match(memory.team(teamId)?.team, { told: 0 }, step);
    bad = '';
    await wait(300);
    t.match(await until(schedule.run(15_000)), { isWell: true, failures: 0 }, step);
    t.match(memory.team(teamId)?.team, { told: 1 }, step);
  }
});
