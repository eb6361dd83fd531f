import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { Pointer } from '../../../../services/auth/domain/ports.ts';
import { sidPointer } from '../../../../services/auth/domain/session.ts';
import { createInstances, ISSUER } from '../support/instances.ts';
import { createRevoking, numbered } from '../support/revoking.ts';

t.test('150 logouts that fail, the longest due, do not take the place of the next one', async (t) => {
  const { memory, schedule, teller, failures, nowEpoch, until } = createRevoking(({ pointers }) => ({
    pointers: {
      ...pointers,
      readDue: async (pointer) => {
        if (pointer.hash.startsWith('bad')) throw new GatewayError('store_unavailable');
        return pointers.readDue(pointer);
      },
    },
  }));
  const mark = (hash: string, agoSeconds: number) =>
    memory.pointers.mark({ kind: 'sid', hash }, { issuedAtEpoch: nowEpoch() }, nowEpoch() - agoSeconds);
  for (const hash of numbered('bad', 150)) await mark(hash, 60);
  await mark('good', 0);
  t.match(await until(schedule.run(15_000)), { providerLogouts: 1, failures: 150 });
  t.match(teller.setAside.counts(), { logout: 150 });
  t.strictSame(failures[0], { step: 'logout', logout: 'sid#bad-0' });
  t.equal(schedule.state().isWell, false);
  const isBad = ({ hash }: Pointer) => hash.startsWith('bad');
  t.equal((await memory.pointers.due(200)).filter(isBad).length, 150, 'they stay due');
});

t.test(
  'one record of several that fails: the others end, the answer is an error, the rest stays due',
  async (t) => {
    const { memory, first, instance, signIn, find, logout } = createInstances({ userIdClaim: 'id' });
    const names = ['one', 'two', 'three'].map(parseUserId);
    const tokens: string[] = [];
    for (const userId of names) tokens.push((await signIn({ userId, sid: 's' })).token);
    const failing = instance();
    const { write } = failing.stores.users;
    failing.stores.users.write = async (userId, version, user) => {
      if (userId === 'two') throw new GatewayError('store_unavailable');
      return write(userId, version, user);
    };
    await t.rejects(logout({ sid: 's' }, failing), { code: 'store_unavailable' });
    const live = async () => (await Promise.all(tokens.map(find))).map((session) => session !== undefined);
    t.strictSame(await live(), [false, true, false]);
    t.ok(memory.entry(parseUserId('one')) && memory.entry(parseUserId('three')), 'the edge knows');
    t.strictSame(await memory.pointers.due(5), [sidPointer(ISSUER, 's')]);
    t.match(await first.schedule.run(15_000), { providerLogouts: 1, failures: 0 });
    t.strictSame(await live(), [false, false, false]);
    t.strictSame(await memory.pointers.due(5), []);
  },
);
