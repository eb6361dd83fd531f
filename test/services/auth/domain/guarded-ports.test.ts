import t from 'tap';
import { toEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { folderPolicy } from '../../../../core/policy.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { type ClockGuard, createClockGuard } from '../../../../services/auth/domain/clock-guard.ts';
import { guardedSigner, guardedStores } from '../../../../services/auth/domain/guarded-ports.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const ALICE = parseUserId('alice');
const SID = { kind: 'sid', hash: 'hash' } as const;
const WRONG = { code: 'clock_wrong' };

function wrongGuard(): ClockGuard {
  const guard = createClockGuard();
  guard.compare({ sentAtMs: 1_000_000, receivedAtMs: 1_000_000, dateMs: 0 });
  return guard;
}

/** Stores in memory. Nobody uses the uploads before the check. */
function start() {
  const memory = createMemoryStores();
  const uploads = {
    create: async () => {},
    read: async () => undefined,
    update: async () => {},
  };
  return { memory, stores: guardedStores({ ...memory, uploads }, wrongGuard()) };
}

t.test('a process with a wrong clock writes no time', async (t) => {
  const { memory, stores } = start();
  const { users, pointers, tokens, once, uploads, lease, edge } = stores;
  const { version } = await edge.describe();
  const session = { issuedAtEpoch: 0, expiresAtEpoch: 1 };
  const writes: [what: string, write: () => Promise<unknown>][] = [
    ['a record', () => users.write(ALICE, 0, NEW_USER)],
    ['a pointer', () => pointers.join(SID, ALICE, session, 0)],
    ['the end of a pointer', () => pointers.settle(SID, { issuedAtEpoch: 0 }, 0)],
    ['tokens', () => tokens.put('id', 'sealed', 1)],
    ['a ticket', () => tokens.turnIntoTicket('id', 'hash', 1)],
    ['the use of a ticket', () => tokens.take('id', 'hash', 0)],
    ['the use of a state', () => once.useOnce('hash', 1)],
    ['an upload', () => uploads.create()],
    ['the lease', () => lease.swap(undefined, 'number')],
    ['entries of the edge', () => edge.write(version, [{ userId: ALICE, entry: '1,|0,' }])],
  ];
  for (const [what, write] of writes) await t.rejects(write(), WRONG, what);
  t.equal(memory.record(ALICE).version, 0);
  t.equal(memory.entry(ALICE), undefined);
});

t.test('it reads, deletes, gives back the lease, and marks a logout by the provider', async (t) => {
  const { memory, stores } = start();
  await memory.lease.swap(undefined, 'number');
  await t.resolves(stores.lease.swap('number', undefined));
  t.equal(await memory.lease.read(), undefined);
  await t.resolves(stores.users.read(ALICE));
  await t.resolves(stores.tokens.delete('id'));
  t.match(await stores.pointers.mark(SID, { issuedAtEpoch: 1 }, 0), { isDue: true });
});

t.test('it signs nothing', async (t) => {
  const signer = guardedSigner({ sign: () => Promise.reject(new Error('signed')) }, wrongGuard());
  const now = toEpochSeconds(0);
  const policy = folderPolicy({ filesOrigin: 'http://localhost', id: ALICE, start: now, expiresAt: now });
  await t.rejects(signer.sign(policy), WRONG);
});
