import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { MAX_SESSIONS, sidPointer, subPointer } from '../../../../services/auth/domain/session.ts';
import { ALICE, createInstances, ISSUER } from '../support/instances.ts';

t.test('a pointer names a hundred users, and the next user cannot begin', async (t) => {
  const { signIn } = createInstances();
  for (let i = 0; i < 100; i++) await signIn({ userId: parseUserId(`u${i}`), sid: 'shared' });
  await t.rejects(signIn({ sid: 'shared' }), { code: 'too_many_logins' });
  t.ok((await signIn({ sid: 'own' })).token);
});

t.test('one subject with thousands of sids and a sign-in a second: the record stays bounded', async (t) => {
  const { memory, signIn, wait } = createInstances({ userIdClaim: 'id' });
  let largest = 0;
  for (let i = 0; i < 2_000; i++) {
    await signIn({ sid: `sid-${i}` });
    wait(1);
    largest = Math.max(largest, JSON.stringify(memory.record(ALICE)).length);
  }
  t.ok(largest < 150_000, `${largest} bytes`);
  t.equal(memory.record(ALICE).user.sessions.length, MAX_SESSIONS);
});

t.test('pointers differ by kind, issuer and name', async (t) => {
  const hashes = [
    sidPointer(ISSUER, 'a'),
    sidPointer(ISSUER, 'b'),
    sidPointer(`${ISSUER}a`, ''),
    subPointer('https://other.example', 'a'),
  ].map(({ hash }) => hash);
  t.equal(new Set(hashes).size, 4);
});
