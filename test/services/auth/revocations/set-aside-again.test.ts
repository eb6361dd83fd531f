import t from 'tap';
import { createInstances } from '../support/instances.ts';

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
  await first.sessions.end(a.current);
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
