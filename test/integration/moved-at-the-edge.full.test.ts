import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { parseJson, png, type SignedInUser, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

// Real time passes: the edge keeps what it has for five seconds.
t.setTimeout(120_000);

/** The promise, with the time that an answer takes on a busy machine. */
const BOUND_MS = 5_000;
const SLACK_MS = 2_000;

const stack = await startTestStack(t);

interface Placed {
  url: string;
}

/** Asks for an address without a pause until the status is this one. */
async function askUntil(
  user: SignedInUser,
  url: string,
  status: number,
): Promise<{ ms: number; before: number }> {
  const startedMs = performance.now();
  let before = 0;
  for (;;) {
    const answer = await user.request(url, { headers: { accept: 'image/*' } });
    await answer.arrayBuffer();
    const ms = performance.now() - startedMs;
    if (answer.status === status) return { ms, before };
    if (ms > BOUND_MS + SLACK_MS) return { ms, before };
    before++;
    await wait(50);
  }
}

t.test(
  '5 s after a move, a copy over it or a delete, no address has the old file; a restore shows it again',
  async (t) => {
    const user = await signIn(stack, 'alice');
    const put = (name: string) => user.upload({ name, type: 'image/png', bytes: png(name), replace: true });
    const plain = (name: string) => `${stack.filesOrigin}/users/${user.id}/${name}`;
    const isSoon = async (url: string, status: number, what: string) => {
      const { ms, before } = await askUntil(user, url, status);
      t.ok(ms <= BOUND_MS + SLACK_MS, `${what}: ${status} after ${Math.round(ms)} ms and ${before} others`);
      return before;
    };
    const open = async (url: string) => t.equal((await user.request(url)).status, 200, url);

    await put('one.png');
    await put('two.png');
    // Now the edge has both.
    for (const name of ['one.png', 'two.png']) await open(plain(name));
    const { url } = await parseJson<Placed>(
      await user.post('/api/files/move', { from: 'one.png', to: 'new.png' }),
    );
    await open(url);
    const stale = await isSoon(plain('one.png'), 404, 'after a move');
    t.ok(stale > 0, 'the edge had it for a while');

    const deleted = await user.post('/api/files/delete', { names: ['two.png'] });
    const [{ version = '' } = {}] = (await parseJson<{ deleted: { version?: string }[] }>(deleted)).deleted;
    await isSoon(plain('two.png'), 404, 'after a delete');
    t.equal((await user.post('/api/trash/restore', { name: 'two.png', version })).status, 200);
    await isSoon(plain('two.png'), 200, 'after a restore');

    // A move over a file: the old bytes are gone too.
    await put('three.png');
    await open(plain('three.png'));
    t.equal(
      (await user.post('/api/files/move', { from: 'two.png', to: 'three.png', replace: true })).status,
      200,
    );
    await wait(BOUND_MS);
    const answer = await user.request(plain('three.png'));
    t.strictSame(new Uint8Array(await answer.arrayBuffer()), png('two.png'));
  },
);

t.test('no answer of the files host names a version of the bucket', async (t) => {
  const user = await signIn(stack, 'bob');
  const { url } = await user.upload({ name: 'one.png', type: 'image/png', bytes: png() });
  for (const address of [url, `${stack.filesOrigin}/users/${user.id}/none.png`]) {
    const answer = await user.request(address);
    await answer.arrayBuffer();
    t.strictSame(
      [...answer.headers.keys()].filter((name) => /version|delete-marker|restore|expiration/.test(name)),
      [],
      `${answer.status}`,
    );
  }
  await user.post('/api/files/delete', { names: ['one.png'] });
  await wait(BOUND_MS);
  const gone = await user.request(`${stack.filesOrigin}/users/${user.id}/one.png`);
  await gone.arrayBuffer();
  t.equal(gone.status, 404);
  t.strictSame(
    [...gone.headers.keys()].filter((name) => /version|delete-marker/.test(name)),
    [],
  );
});
