import t, { type Test } from 'tap';
import { createFileHost } from '../file-host.ts';
import { inNode } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { copyAll, deleteAll, fileOperations, moveAll, restoreAll } = await inNode('client/files.ts');

const OTHER = 'r'.repeat(26);

/** A host in this process, and folders that ask it. */
function open(names: readonly string[] = []) {
  const host = createFileHost((status: number, code: string) => new ApiError(status, code));
  for (const name of names) host.put('own', name);
  return { host, own: host.folder('own'), team: host.folder(OTHER) };
}

/** Pauses between tries take no time. */
function withoutPauses(t: Test): void {
  const wait = globalThis.setTimeout;
  const value = (run: () => void) => wait(run, 0);
  t.intercept(globalThis, 'setTimeout', { value, configurable: true });
}

const numbered = (count: number, folder: string) =>
  Array.from({ length: count }, (_, index) => `${folder}${String(index).padStart(5, '0')}.txt`);

t.test('one file: moved, copied, into a team, and back', async (t) => {
  const { host, own, team } = open(['a.txt']);
  const files = fileOperations(own);
  t.match(await files.move('a.txt', 'b.txt'), { name: 'b.txt', sharesEnded: 0 });
  t.match(await files.copy('b.txt', 'c.txt', { into: team }), { name: 'c.txt' });
  await t.rejects(files.move('b.txt', 'c.txt', { into: team }), { code: 'file_exists', status: 409 });
  await files.move('b.txt', 'c.txt', { into: team, replace: true });
  t.strictSame([host.names('own'), host.names(OTHER)], [[], ['c.txt']]);
  await fileOperations(team).move('c.txt', 'a.txt', { into: own });
  t.strictSame([host.names('own'), host.names(OTHER)], [['a.txt'], []]);
  await fileOperations(own).copy('a.txt', 'd.txt', { into: own });
  t.strictSame(
    [...host.bodies('POST /files/move'), ...host.bodies('POST /files/copy')].map(({ toTeam }) => toTeam),
    [undefined, OTHER, OTHER, null, OTHER, undefined],
  );
});

t.test('a large file moves in the background, and the call waits for it', async (t) => {
  withoutPauses(t);
  const { host, own } = open(['film.mp4']);
  const files = fileOperations(own);
  host.state.background = ['moving', 'moving', 'done'];
  t.strictSame(await files.move('film.mp4', 'a.mp4'), { name: 'a.mp4' });
  host.state.background = ['moving', 'failed'];
  await t.rejects(files.move('a.mp4', 'b.mp4'), { status: 409, code: 'quota_exceeded' });
});

t.test('the trash and the versions of a file', async (t) => {
  const { host, own } = open(['a b&c.txt']);
  const files = fileOperations(own);
  const { deleted } = await files.delete(['a b&c.txt', 'none']);
  t.match(deleted, [{ name: 'a b&c.txt', version: /./ }]);
  const page = await files.trash.list();
  t.match(page.files, [{ name: 'a b&c.txt', version: deleted[0].version, size: 9 }]);
  t.match(await files.trash.restore(page.files[0]), { name: 'a b&c.txt' });
  await t.rejects(files.trash.restore(page.files[0]), { code: 'file_exists' });
  t.match(await files.versions.list('a b&c.txt'), [{ current: true }, { current: false }]);
  await files.versions.restore({ name: 'a b&c.txt', version: deleted[0].version });
  await files.delete(['a b&c.txt']);
  await files.trash.delete({ name: 'a b&c.txt', version: deleted[0].version });
  await files.trash.list({ cursor: 'a+b' });
  await files.trash.empty();
  t.strictSame(host.lines('DELETE /trash'), [
    `DELETE /trash?name=a+b%26c.txt&version=${deleted[0].version}`,
    'DELETE /trash',
  ]);
  t.match(host.lines('GET /trash'), ['GET /trash', 'GET /trash?cursor=a%2Bb']);
});

t.test('a folder of 10,000 files: moved, cut short half way, and ended by the same call', async (t) => {
  const { host, own } = open([...numbered(10_000, 'old/'), 'older.txt']);
  const stop = new AbortController();
  let told = 0;
  const moving = moveAll(own, [{ from: 'old/', to: 'new/deep/' }], {
    signal: stop.signal,
    onProgress({ done, count }: { done: number; count: number }) {
      told++;
      if (done === 5_000 && count === 10_000) stop.abort(new Error('closed'));
    },
  });
  await t.rejects(moving, { message: 'closed' });
  t.ok(told >= 5_000 && told < 5_010, 'what was begun has ended, and nothing else began');
  t.equal(host.names('own').length, 10_001, 'each file is in one place');
  const result = await moveAll(own, [{ from: 'old/', to: 'new/deep/' }]);
  t.match(result, { moved: 10_000 - told, skipped: [], failed: [] });
  t.strictSame(host.names('own'), [...numbered(10_000, 'new/deep/'), 'older.txt']);
  t.equal(host.lines('POST /files/move').length, 10_000, 'no file is moved twice');
});

t.test('a lost answer, a busy host, and a move that left both files', async (t) => {
  withoutPauses(t);
  const { host, own } = open(numbered(5, 'old/'));
  const [first, second, third] = numbered(5, 'old/');
  host.state.lose.push(`${first}`);
  host.state.refuse.push(`${second}`, `${second}`);
  // A move that ended between its copy and its delete.
  host.copyOver('own', `${third}`, `${third}`.replace('old', 'new'));
  const result = await moveAll(own, [{ from: 'old/', to: 'new/' }], {
    onMeet: () => t.fail('nothing to ask'),
  });
  t.match(result, { moved: 5, skipped: [], failed: [] });
  t.strictSame(host.names('own'), numbered(5, 'new/'));
});

for (const [choice, names] of [
  ['replace', ['new/00000.txt', 'new/00001.txt', 'new/00002.txt']],
  ['keep', ['new/00000 (3).txt', 'new/00000.txt', 'new/00001 (2).txt', 'new/00001.txt', 'new/00002.txt']],
  ['skip', ['new/00000.txt', 'new/00001.txt', 'new/00002.txt', 'old/00000.txt', 'old/00001.txt']],
] as const) {
  t.test(`names that meet are asked about once for all: ${choice}`, async (t) => {
    const { host, own } = open(numbered(3, 'old/'));
    for (const name of numbered(2, 'new/')) host.put('own', name, 'other');
    host.copyOver('own', 'old/00002.txt', 'new/00002.txt');
    // This name is free now, and taken when the file comes.
    if (choice === 'keep') host.state.late.push('new/00000 (2).txt');
    const asked: object[] = [];
    const result = await moveAll(own, [{ from: 'old/', to: 'new/' }], {
      async onMeet(meetings: object[]) {
        asked.push(meetings);
        return choice;
      },
    });
    t.match(asked, [
      [
        { name: 'new/00000.txt', size: 13, present: { size: 5, lastModified: /Z$/ } },
        { name: 'new/00001.txt', size: 13 },
      ],
    ]);
    t.equal(asked.length, 1);
    t.equal(asked.flat().length, 2, 'a file with the same content meets none');
    const expected = choice === 'keep' ? [...names, 'new/00000 (2).txt'].toSorted() : names;
    t.strictSame(host.names('own'), expected);
    t.match(result, { moved: choice === 'skip' ? 1 : 3, failed: [] });
    t.strictSame(result.skipped, choice === 'skip' ? numbered(2, 'old/') : []);
  });
}

for (const [name, free] of [
  ['a/README', 'a/README (2)'],
  ['a/.env', 'a/.env (2)'],
  ['a.b/README', 'a.b/README (2)'],
  ['a/b.tar.gz', 'a/b.tar (2).gz'],
  ['b.tar.gz', 'b.tar (2).gz'],
] as const) {
  t.test(`a name beside ${name}`, async (t) => {
    const { host, own } = open(['from']);
    host.put('own', name, 'other');
    const asked: object[] = [];
    const onMeet = (meetings: object[]) => {
      asked.push(meetings);
      return 'keep';
    };
    await moveAll(own, [{ from: 'from', to: name }], { onMeet });
    t.strictSame(host.names('own'), [name, free].toSorted());
    t.match(asked, [[{ name, size: 4, present: { size: 5 } }]]);
  });
}

t.test('a copy into a team: again, it copies what is missing', async (t) => {
  const { host, own, team } = open([...numbered(3, 'a/'), 'a/b/c.txt']);
  t.match(await copyAll(own, [{ from: 'a/', to: 'x/' }], { into: team }), { moved: 4 });
  t.strictSame(host.names(OTHER), [...numbered(3, 'x/'), 'x/b/c.txt']);
  t.equal(host.names('own').length, 4);
  host.remove(OTHER, 'x/b/c.txt');
  t.match(await copyAll(own, [{ from: 'a/', to: 'x/' }], { into: team }), { moved: 4, skipped: [] });
  t.equal(host.lines('POST /files/copy').length, 5);
});

t.test('empty folders go along, and files and folders move together', async (t) => {
  const { host, own } = open(['a/one.txt', 'b.txt', 'c.txt']);
  for (const name of ['a/empty/', 'b.txt/', 'x/']) host.makeFolder('own', name);
  await moveAll(own, [
    { from: 'a/', to: 'z/a/' },
    { from: 'b.txt', to: 'z/b.txt' },
  ]);
  t.strictSame(host.names('own'), ['c.txt', 'z/a/one.txt', 'z/b.txt']);
  t.strictSame(host.folders('own'), ['b.txt/', 'x/', 'z/a/empty/']);
  await deleteAll(own, ['z/']);
  t.strictSame([host.names('own'), host.folders('own')], [['c.txt'], ['b.txt/', 'x/']]);
});

t.test('a folder cannot move into itself, nor to where it is', async (t) => {
  const { host, own, team } = open(['a/b.txt']);
  for (const move of [
    { from: 'a/', to: 'a/' },
    { from: 'a/', to: 'a/c/' },
    { from: 'a/b.txt', to: 'a/b.txt' },
  ]) {
    const moves = [{ from: 'c.txt', to: 'd.txt' }, move];
    await t.rejects(moveAll(own, moves), { status: 422, code: 'invalid_name' }, move.to);
  }
  t.strictSame(host.lines(''), []);
  host.put('own', 'b');
  t.match(await moveAll(own, [{ from: 'b', to: 'bc' }]), { moved: 1 }, 'a file may get a longer name');
  t.match(await moveAll(own, [{ from: 'a/', to: 'a/c/' }], { into: team }), { moved: 1 });
  host.put('own', 'a');
  t.match(await moveAll(own, [{ from: 'a', to: 'a.old' }]), { moved: 1 }, 'a file has no inside');
});

t.test('an error of one file takes nothing from the others; an error of all ends the batch', async (t) => {
  const { host, own } = open(numbered(20, 'a/'));
  host.state.fail.set('a/00003.txt', 'no_such_file');
  t.match(await moveAll(own, [{ from: 'a/', to: 'b/' }]), {
    moved: 19,
    failed: [{ name: 'a/00003.txt', code: 'no_such_file' }],
  });
  host.state.fail.set('b/00004.txt', 'quota_exceeded');
  await t.rejects(moveAll(own, [{ from: 'b/', to: 'c/' }]), { code: 'quota_exceeded' });
  t.ok(host.names('own').filter((name) => name.startsWith('b/')).length > 5, 'nothing new has begun');
});

t.test('1,000 files are deleted in few requests, and come back', async (t) => {
  const { host, own } = open(numbered(1_000, 'a/'));
  const seen: number[] = [];
  const { deleted, failed } = await deleteAll(own, ['a/'], {
    onProgress: ({ done }: { done: number }) => seen.push(done),
  });
  t.strictSame([deleted.length, failed, host.names('own')], [1_000, [], []]);
  t.equal(seen.at(-1), 1_000);
  t.ok(host.lines('POST').length <= 5);
  const { restored } = await restoreAll(own, deleted);
  t.equal(restored.length, 1_000);
  t.equal(host.names('own').length, 1_000);
});

t.test('a file is deleted without those whose names begin like it', async (t) => {
  const { host, own } = open(['a', 'ab', 'a/b']);
  t.match(await deleteAll(own, ['a']), { deleted: [{ name: 'a' }], failed: [] });
  t.strictSame(host.names('own'), ['a/b', 'ab']);
  t.equal((await deleteAll(own, ['a/', 'a/b'])).deleted.length, 1, 'and none twice');
});

t.test('what the host had no time for is sent again; what it refuses is told', async (t) => {
  const { host, own } = open(numbered(5, 'a/'));
  const [first, ...others] = numbered(5, 'a/');
  host.state.slow.push(...others);
  host.state.fail.set(`${first}`, 'role_too_low');
  t.strictSame(await deleteAll(own, numbered(5, 'a/')), {
    deleted: others.map((name, index) => ({ name, version: `v${index + 2}` })),
    failed: [{ name: first, code: 'role_too_low' }],
  });
  host.state.slow.push(...others.slice(1));
  const deleted = others.map((name, index) => ({ name, version: `v${index + 2}` }));
  t.match(await restoreAll(own, deleted), { restored: { length: 4 }, failed: [] });
  t.strictSame(host.names('own'), numbered(5, 'a/'));
  host.state.slow.push(...others);
  const failed = others.map((name) => ({ name, code: 'timed_out' }));
  t.strictSame(await deleteAll(own, others), { deleted: [], failed }, 'a host that has time for none');
  host.state.slow.splice(0, Number.POSITIVE_INFINITY, `${others[0]}`);
  t.match(await deleteAll(own, others), { deleted: { length: 4 }, failed: [] }, 'and for all but one');
});
