import type { IncomingMessage } from 'node:http';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Test } from 'tap';
import { type FileList, parseJson, type SignedInUser, signIn } from '../../support/client.ts';
import type { Bucket } from '../../support/multipart-suite.ts';
import { operatorsBucket } from '../../support/operators-bucket.ts';
import { freePorts } from '../../support/ports.ts';
import { startStoreProxy } from '../../support/store-proxy.ts';
import { startTestStack } from '../../support/test-stack.ts';

const isDeletion = ({ method, url }: IncomingMessage) =>
  method === 'DELETE' && /^\/[^/]+\/users\/[^/]+\/film\.mp4/.test(url ?? '');
const isCopy = ({ headers }: IncomingMessage) => headers['x-amz-copy-source'] !== undefined;

/**
 * Moves and copies files that the service does not wait for, through every part of the system. What stands before S3
 * holds requests of the mover.
 * @param size bytes of each file
 * @param put puts one, which ends in its name
 * @param authEntry the service, if it is not the usual one
 */
export async function largeMovesSuite(
  t: Test,
  {
    size,
    put,
    authEntry,
  }: { size: number; put: (bucket: Bucket, key: string) => Promise<void>; authEntry?: string },
): Promise<void> {
  const [port = 0, behindPort = 0] = await freePorts(2);
  let holds: (request: IncomingMessage) => Promise<boolean> | undefined = () => undefined;
  await startStoreProxy(t, { port, behindPort }, (request) => holds(request) ?? true);
  const stack = await startTestStack(t, {
    env: { S3_PORT: String(port), MAX_USER_BYTES: String(100 * size) },
    behind: { s3: behindPort },
    ...(authEntry === undefined ? {} : { authEntry }),
  });
  const bucket = operatorsBucket(t, stack);
  /** The threads that began since. They are those of the mover. */
  const movers: Worker[] = [];
  const onWorker = (worker: Worker) => movers.push(worker);
  process.on('worker', onWorker);
  t.teardown(() => process.off('worker', onWorker));

  /** Holds each request of one kind. @returns what gives out the next one: true lets it pass, false drops it */
  function hold(isHeld: (request: IncomingMessage) => boolean): () => Promise<(passes: boolean) => void> {
    const arrived: ((passes: boolean) => void)[] = [];
    let onArrival = () => {};
    holds = (request) => {
      if (!isHeld(request)) return undefined;
      return new Promise((resolve) => {
        arrived.push(resolve);
        onArrival();
      });
    };
    return async () => {
      for (;;) {
        const first = arrived.shift();
        if (first) return first;
        await new Promise<void>((resolve) => {
          onArrival = resolve;
        });
      }
    };
  }

  async function signInWithFilm(login: string) {
    const user = await signIn(stack, login);
    await put(bucket, `users/${user.id}/film.mp4`);
    const read = async <T>(path: string) => parseJson<T>(await user.request(stack.appOrigin + path));
    const namesAt = async (path: string) =>
      (await read<{ files: FileList['files'] }>(path)).files.map(({ name, size }) => [name, size]);
    return {
      user,
      listed: () => namesAt('/api/files'),
      trashed: () => namesAt('/api/trash'),
      url: async () => (await read<FileList>('/api/files')).files[0]?.url ?? '',
      begin: (operation: 'move' | 'copy', to: string) => begin(user, operation, to),
    };
  }

  /** Begins what goes on after the answer. */
  async function begin(user: SignedInUser, operation: 'move' | 'copy', to: string) {
    const answer = await user.post(`/api/files/${operation}`, { from: 'film.mp4', to });
    const said = await parseJson<{ id?: string }>(answer);
    t.equal(answer.status, 202, JSON.stringify(said));
    const state = async () =>
      parseJson<{ state: string }>(await user.request(`${stack.appOrigin}/api/files/moves/${said.id}`));
    const end = async () => {
      for (;;) {
        const now = await state();
        if (now.state !== 'moving') return now;
        await wait(20);
      }
    };
    return { state, end };
  }

  const source = [['film.mp4', size]];
  const both = [...source, ['films/one.mp4', size]];
  const moved = [['films/one.mp4', size]];
  const done = { state: 'done', name: 'films/one.mp4' };

  await t.test(
    'a large file moves after the answer, and nothing of it is left under its old name',
    async (t) => {
      const { user, listed, trashed, url, begin } = await signInWithFilm('alice');
      const nextDeletion = hold(isDeletion);
      const move = await begin('move', 'films/one.mp4');
      const deletion = await nextDeletion();
      t.strictSame(await listed(), both, 'the copy is there, and so is the file');
      t.strictSame([await move.state(), await trashed()], [{ state: 'moving' }, []]);
      deletion(true);
      t.strictSame(await move.end(), done);
      t.strictSame([await listed(), await trashed()], [moved, []]);
      const answer = await user.request(await url(), { headers: { range: 'bytes=-8' } });
      t.strictSame([answer.status, await answer.text()], [206, 'film.mp4']);
      t.equal(answer.headers.get('content-type'), 'video/mp4');
    },
  );

  await t.test(
    'a mover that dies in between leaves both files, and the next try ends the move',
    async (t) => {
      const { listed, trashed, begin } = await signInWithFilm('bob');
      const nextDeletion = hold(isDeletion);
      const move = await begin('move', 'films/one.mp4');
      // Lambda runs an event three times.
      for (const run of [1, 2, 3]) {
        const deletion = await nextDeletion();
        await movers.at(-1)?.terminate();
        deletion(false);
        t.strictSame([await listed(), await trashed()], [both, []], `run ${run}`);
      }
      t.strictSame(await move.state(), { state: 'moving' }, 'nobody was there to say how it ended');
      holds = () => undefined;
      t.strictSame(await (await begin('move', 'films/one.mp4')).end(), done);
      t.strictSame([await listed(), await trashed()], [moved, []]);
    },
  );

  await t.test('what stands in the way is told, and all files stay', async (t) => {
    const { user, listed, trashed, begin } = await signInWithFilm('carol');
    for (const operation of ['copy', 'move'] as const) {
      const to = `${operation}.txt`;
      const nextCopy = hold(isCopy);
      const started = await begin(operation, to);
      const copy = await nextCopy();
      await user.upload({ name: to, type: 'text/plain', bytes: new TextEncoder().encode('first') });
      copy(true);
      t.strictSame(await started.end(), { state: 'failed', code: 'file_exists' }, operation);
      const again = await user.post(`/api/files/${operation}`, { from: 'film.mp4', to });
      t.equal(again.status, 409, `${operation}: what is known at once is said at once`);
    }
    const names = [['copy.txt', 5], ...source, ['move.txt', 5]];
    t.strictSame([await listed(), await trashed()], [names, []]);
  });
}
