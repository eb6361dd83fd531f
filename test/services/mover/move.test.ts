import { S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { withoutMember } from '../../../services/auth/domain/team.ts';
import { withMembership } from '../../../services/auth/domain/team-starts.ts';
import { createVersionStore } from '../../../services/mover/s3-version-store.ts';
import { nowEpoch } from '../auth/support/seed-session.ts';
import { REGION } from '../local/support/local-s3.ts';
import { ANN, ANNS, BEN, Bucket, createWorld, ROLE, type World } from './support/world.ts';

const code = (name: string) => ({ code: name });

const move = (
  world: World,
  from: string,
  to: string,
  more: { replace?: boolean; deps?: World['deps'] } = {},
) => {
  const { deps, ...how } = more;
  const [source, target] = [from, to].map((name) => ({ owner: ANNS, name }));
  if (!source || !target) throw new Error('there are two');
  return world.ask({ operation: 'move', token: world.token(ANN), from: source, to: target, ...how }, deps);
};

t.test('of several moves of one file at the same time, one succeeds', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  await world.put('users/ann/.thumbnails/a', 'small');
  await world.put('users/ann/c', 'replaced by nobody');
  let arrived = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  world.hook.onCall = async (_number, name, when) => {
    if (name !== 'DeleteObjectCommand' || when !== 'before') return;
    if (++arrived === 4) open();
    await all;
  };
  const moves = ['b', 'c', 'd', 'e'].map((to) => move(world, 'a', to, { replace: to === 'c' }));
  // The move to a taken name first drops that name's thumbnail, and so does each at its end.
  const answers = await Promise.allSettled(moves);
  const won = answers.filter(({ status }) => status === 'fulfilled');
  t.equal(won.length, 1);
  for (const [index, each] of answers.entries())
    if (each.status === 'rejected') {
      t.match(each.reason, code('no_such_file'), `row ${index}`);
      const name = ['b', 'c', 'd', 'e'][index];
      t.equal(
        await world.get(`users/ann/.thumbnails/${name}`),
        undefined,
        'no thumbnail of a file that is gone',
      );
    }
  const contents = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => world.get(`users/ann/${name}`)));
  t.equal(contents.filter((content) => content === 'one').length, 1);
  t.equal(contents[0], undefined);
  t.ok(['one', 'replaced by nobody'].includes(contents[2] ?? ''));
});

t.test('a second try beside the first takes nothing from it', async (t) => {
  for (const pausedAt of ['CopyObjectCommand', 'DeleteObjectCommand']) {
    const world = await createWorld(t);
    await world.put('users/ann/a', 'one');
    let second: Promise<unknown> | undefined;
    world.hook.onCall = async (_number, name, when) => {
      if (second || name !== pausedAt || when !== 'before') return;
      second = move(world, 'a', 'b');
      await second;
    };
    await t.rejects(move(world, 'a', 'b'), Error, pausedAt);
    t.match(await second, { name: 'b' }, pausedAt);
    t.strictSame(
      [await world.get('users/ann/a'), await world.get('users/ann/b')],
      [undefined, 'one'],
      pausedAt,
    );
  }
});

t.test('a file that replaces the old one during a move stays, and the move is before it', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  world.hook.onCall = async (_number, name, when) => {
    if (name === 'CopyObjectCommand' && when === 'after') await world.put('users/ann/a', 'two');
  };
  t.match(await move(world, 'a', 'b'), { name: 'b' });
  t.equal(await world.get('users/ann/b'), 'one');
  t.equal(await world.get('users/ann/a'), 'two');
});

t.test('whoever has lost the role during a move leaves both files', async (t) => {
  for (const [kind, wanted] of [
    ['made', 'no_such_team'],
    ['provider', 'role_too_low'],
  ] as const) {
    const world = await createWorld(t, { kind });
    const { memory, teamId } = world;
    await world.put(`teams/${teamId}/a`, 'one');
    world.hook.onCall = async (_number, name, when) => {
      if (name !== 'CopyObjectCommand' || when === 'before') return;
      const known = memory.team(teamId);
      const left = known && withoutMember(known.team, ANN, BEN, nowEpoch());
      if (left) await memory.teams.write(teamId, known.version, left);
      const { user, version } = memory.record(BEN);
      const viewer = { teamId, kind, role: 'viewer', name: 'Claim' } as const;
      if (!known) await memory.users.write(BEN, version, withMembership(user, viewer, nowEpoch()));
    };
    const request = {
      operation: 'move' as const,
      token: world.token(BEN),
      from: { owner: world.team, name: 'a' },
      to: { owner: world.team, name: 'b' },
    };
    await t.rejects(world.ask(request), code(wanted), kind);
    const contents = await Promise.all(['a', 'b'].map((name) => world.get(`teams/${teamId}/${name}`)));
    t.strictSame(contents, ['one', 'one'], kind);
  }
});

t.test('a bucket without versions: a move works, and a replaced source is not copied', async (t) => {
  const world = await createWorld(t, { isVersioned: false });
  await world.put('users/ann/a', 'one');
  await move(world, 'a', 'b');
  t.strictSame([await world.get('users/ann/a'), await world.get('users/ann/b')], [undefined, 'one']);
  world.hook.onCall = async (_number, name, when) => {
    if (name === 'CopyObjectCommand' && when === 'before') await world.put('users/ann/b', 'other');
  };
  for (const replace of [false, true]) {
    await t.rejects(move(world, 'b', 'c', { replace }), code('files_unavailable'), `${replace}`);
    await world.put('users/ann/b', `${replace}`);
  }
  t.equal(await world.get('users/ann/c'), undefined);
  await world.put('users/ann/c', 'there');
  await t.rejects(move(world, 'b', 'c', { replace: true }), code('files_unavailable'));
  t.equal(await world.get('users/ann/c'), 'there');
});

/** S3 does the call of this number, or does not. The process gets no answer to it, and makes no later call. */
for (const when of ['before', 'after'] as const) {
  t.test(
    `a process that ends ${when} any call of S3 loses nothing, and a second try ends the move`,
    async (t) => {
      const world = await createWorld(t);
      let isDone = false;
      let last = 0;
      while (!isDone) {
        last++;
        const [from, to] = [`from ${last}`, `to ${last}`];
        await world.put(`users/ann/${from}`, 'one', { ContentType: 'image/png' });
        await world.put(`users/ann/.thumbnails/${from}`, 'small');
        world.calls.length = 0;
        world.hook.onCall = (number, _name, each) => {
          if (number > last || (number === last && each === when)) throw new Error('the process has ended');
        };
        isDone = await move(world, from, to).then(
          () => true,
          () => false,
        );
        const contents = () => Promise.all([from, to].map((name) => world.get(`users/ann/${name}`)));
        const left = await contents();
        t.ok(
          left.includes('one') && left.every((each) => each === undefined || each === 'one'),
          `${last}: ${left}`,
        );
        world.hook.onCall = () => {};
        if (left[0] === undefined)
          await t.rejects(move(world, from, to), code('no_such_file'), 'it was done');
        else await move(world, from, to);
        t.strictSame(await contents(), [undefined, 'one'], 'the move is done');
        t.match(await world.head(`users/ann/${to}`), { ContentType: 'image/png' });
        t.equal(await world.get(`users/ann/.thumbnails/${to}`), 'small');
        // A process that ends right after the file has gone leaves its thumbnail, which no list shows.
        if (left[0] !== undefined) t.equal(await world.get(`users/ann/.thumbnails/${from}`), undefined);
      }
      t.ok(last > 7, `${last} calls`);
    },
  );
}

t.test('a repeated call whose first answer was lost takes nothing back', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  const { accessKeyId, secretAccessKey } = ROLE;
  const patient = new S3Client({
    ...{ endpoint: `http://localhost:${world.port}`, region: REGION, forcePathStyle: true, maxAttempts: 3 },
    credentials: { accessKeyId, secretAccessKey },
  });
  t.teardown(() => patient.destroy());
  const lost = new Set<string>();
  patient.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const answered = await next(args);
        if (lost.has(commandName)) return answered;
        lost.add(commandName);
        throw Object.assign(new Error('the connection is gone'), { name: 'TimeoutError' });
      },
    { step: 'deserialize', priority: 'low', name: 'losesAnswers' },
  );
  const deps = { ...world.deps, store: createVersionStore({ s3: patient, bucketName: Bucket }) };
  // No thumbnail is there to be deleted first, so the first answer to a delete is that of the file.
  const noThumbnails = { ...deps.store, delete: async () => {} };
  t.match(await move(world, 'a', 'b', { deps: { ...deps, store: noThumbnails } }), { name: 'b' });
  t.strictSame([...lost].toSorted(), ['CopyObjectCommand', 'DeleteObjectCommand', 'HeadObjectCommand']);
  t.strictSame([await world.get('users/ann/a'), await world.get('users/ann/b')], [undefined, 'one']);
});
