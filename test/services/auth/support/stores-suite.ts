import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import type { Pointer } from '../../../../services/auth/table/pointer.ts';
import type { Stores } from '../../../../services/auth/table/stores.ts';
import type { DueKind } from '../../../../services/auth/table/table.ts';
import { newTeam, type Team, withSettled } from '../../../../services/auth/teams/team.ts';

const NOW = 1_795_600_000;
const DAY = 24 * 60 * 60;

/**
 * The behaviour of every set of stores, in memory or of AWS. The model of the sessions relies on the stores in memory.
 */
export function storesSuite(
  t: Test,
  { users, teams, links, due, numbers, pointers, tokens, once, edge }: Omit<Stores, 'uploads' | 'moves'>,
) {
  // Names of their own, because the stores may hold data already.
  const random = randomBytes(8).toString('hex');
  const user = (name: string) => parseUserId(`${random}-${name}`);
  const pointer = (kind: Pointer['kind'], name: string): Pointer => ({ kind, hash: `${random}${name}` });

  t.test('a record is written on the version that was read, and on no other', async (t) => {
    const id = user('version');
    t.strictSame(await users.read(id), { user: NEW_USER, version: 0 });
    t.equal(await users.write(id, 1, NEW_USER), false, 'it is not there yet');
    t.equal(await users.write(id, 0, { ...NEW_USER, lastStart: 1 }), true);
    t.equal(await users.write(id, 0, { ...NEW_USER, lastStart: 2 }), false);
    t.strictSame(await users.read(id), { user: { ...NEW_USER, lastStart: 1 }, version: 1 });
    t.equal(await users.write(id, 1, { ...NEW_USER, lastStart: 3 }), true);
    t.equal(await users.write(id, 1, { ...NEW_USER, lastStart: 4 }), false);
    t.strictSame(await users.read(id), { user: { ...NEW_USER, lastStart: 3 }, version: 2 });
    const writes = Array.from({ length: 10 }, (_, i) =>
      users.write(id, 2, { ...NEW_USER, lastStart: 10 + i }),
    );
    t.equal((await Promise.all(writes)).filter(Boolean).length, 1, 'of ten at once');
  });

  /** The users of this run, and these teams, that wait for some work. */
  const listed = async (kind: DueKind, untilEpoch: number, teamIds: TeamId[] = [], limit = 50) => {
    const isPassedOver = (key: string) => !key.includes(random) && !teamIds.some((id) => key.endsWith(id));
    const found = await due.list(kind, limit, { untilEpoch, isPassedOver });
    return found.map(({ key }) => key.replace(/^.*#/, '').replace(`${random}-`, ''));
  };

  t.test('untold changes are due before expired entries, the oldest first', async (t) => {
    await users.write(user('later'), 0, { ...NEW_USER, changes: 1, pendingSinceEpoch: NOW + 1 });
    await users.write(user('earlier'), 0, { ...NEW_USER, changes: 1, pendingSinceEpoch: NOW });
    await users.write(user('expired'), 0, { ...NEW_USER, entryExpiresEpoch: NOW - 5 });
    await users.write(user('expires'), 0, { ...NEW_USER, entryExpiresEpoch: NOW + 5 });
    const both = { changes: 2, told: 1, pendingSinceEpoch: NOW + 2, entryExpiresEpoch: NOW - 9 };
    await users.write(user('both'), 0, { ...NEW_USER, ...both });
    t.strictSame(await listed('pending', NOW - 300), ['earlier', 'later', 'both'], 'by a slow clock too');
    t.strictSame(await listed('pending', NOW, [], 1), ['earlier']);
    t.strictSame(await listed('expired', NOW), ['expired']);
    t.strictSame(await listed('expired', NOW + 5), ['expired', 'expires']);
    await users.write(user('earlier'), 1, { ...NEW_USER, changes: 1, told: 1 });
    await users.write(user('both'), 1, { ...NEW_USER, ...both, told: 2 });
    t.strictSame(await listed('pending', NOW), ['later']);
    t.strictSame(await listed('expired', NOW), ['both', 'expired']);
  });

  t.test('what has failed is due later, until it is written or waits for something else', async (t) => {
    const failed = { key: `user#${user('failed')}`, sinceEpoch: NOW - 60 };
    const record = { ...NEW_USER, changes: 1, pendingSinceEpoch: failed.sinceEpoch };
    await users.write(user('failed'), 0, record);
    await due.retryLater('expired', failed, NOW);
    t.ok((await listed('pending', NOW)).includes('failed'), 'it waits for something else');
    await due.retryLater('pending', failed, NOW);
    t.notOk((await listed('pending', NOW + 59)).includes('failed'));
    t.equal((await listed('pending', NOW + 60)).at(-1), 'failed', 'after those who have not failed');
    const [known] = (await due.list('pending', 50, {})).filter(({ key }) => key === failed.key);
    t.strictSame(known, failed, 'since when it waits stays known');
    await users.write(user('failed'), 1, { ...record, changes: 2 });
    t.ok((await listed('pending', NOW)).includes('failed'), 'something new is due at once');
    await users.write(user('failed'), 2, NEW_USER);
    t.notOk((await listed('pending', NOW + 600)).includes('failed'));
  });

  t.test('what comes through a link is counted up to its caps, and no further', async (t) => {
    const link = `${random}-link`;
    const caps = { files: 3, bytes: 100 };
    const take = (bytes: number) => links.takeRoom(link, bytes, caps, NOW);
    t.strictSame(await links.takenRoom(link), { files: 0, bytes: 0 });
    t.strictSame(
      [await take(101), await take(60), await take(41), await take(40)],
      [false, true, false, true],
    );
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => take(0)));
    t.equal(atOnce.filter(Boolean).length, 1);
    t.strictSame(await links.takenRoom(link), { files: 3, bytes: 100 });
    t.equal(await links.takeRoom(`${link}-of-one`, 100, caps, NOW), true, 'all at once');
  });

  t.test('tries of a password are a set that is never larger than it may be', async (t) => {
    const key = `link#${random}`;
    const add = (name: string) => links.addTry(key, name, 3, NOW);
    t.strictSame(await links.readTries(key), []);
    await links.removeTries(key, ['1.a']);
    const atOnce = await Promise.all(['1.a', '1.b', '2.c', '2.d', '3.e'].map(add));
    t.equal(atOnce.filter(Boolean).length, 3);
    const [first = '', ...others] = await links.readTries(key);
    await Promise.all([links.removeTries(key, [first]), links.removeTries(key, [first, '9.z'])]);
    t.strictSame((await links.readTries(key)).toSorted(), others.toSorted());
    t.strictSame([await add('4.f'), await add('4.g')], [true, false]);
    await links.removeTries(key, await links.readTries(key));
    t.strictSame(await links.readTries(key), [], 'all are given back');
    t.equal(await add('5.h'), true);
    t.strictSame(await links.readTries(key), ['5.h']);
  });

  t.test('each number is given once, and none above the last one', async (t) => {
    const before = (await numbers.next(Number.MAX_SAFE_INTEGER)) ?? 0;
    t.ok(before > 0);
    const given = await Promise.all(Array.from({ length: 10 }, () => numbers.next(before + 8)));
    const sorted = given.flatMap((number) => number ?? []).toSorted((a, b) => a - b);
    t.strictSame(
      sorted,
      Array.from({ length: 8 }, (_, i) => before + 1 + i),
      'ten at once',
    );
    t.equal(await numbers.next(before + 8), undefined);
    t.equal(await numbers.next(before + 9), before + 9);
    await numbers.skip(1_000);
    t.equal(await numbers.next(before + 1_009), undefined, 'nobody gets a number that was passed over');
    t.equal(await numbers.next(before + 1_010), before + 1_010);
  });

  t.test('teams with something to settle are due, the longest wait first; those untold too', async (t) => {
    const maker = user('maker');
    const put = async (team: Team) => {
      const id = newTeamId();
      await teams.write(id, 0, team);
      return id;
    };
    const settled = withSettled(newTeam('Photos', { userId: maker }, NOW), [maker]);
    const later = await put(newTeam('Photos', { userId: maker }, NOW - 1));
    const untold = await put({ ...newTeam('Photos', { userId: maker }, NOW), changes: 1 });
    const earlier = await put(newTeam('Photos', { userId: maker }, NOW - 2));
    const told = await put({ ...settled, entryExpiresEpoch: NOW - 3 });
    const mine = [earlier, later, untold, told];
    const settling = async (limit = 50) => {
      const isPassedOver = (key: string) => !mine.some((id) => key.endsWith(id));
      const found = await due.toSettle(limit, { untilEpoch: NOW, isPassedOver });
      return found.map(({ key }) => key.replace('team#', ''));
    };
    t.strictSame(await settling(), [earlier, later, untold]);
    t.strictSame(await settling(2), [earlier, later]);
    await teams.write(later, 1, settled);
    t.strictSame(await settling(), [earlier, untold]);
  });

  t.test('users with something to end in teams are due once the edge was told', async (t) => {
    const since = (sinceEpoch: number) => ({
      ...{ ...NEW_USER, entryExpiresEpoch: NOW - 1_003 },
      dueInTeams: [{ teamId: newTeamId(), through: 1, sinceEpoch }],
    });
    await users.write(user('in-teams-later'), 0, since(NOW - 1));
    await users.write(user('in-teams-untold'), 0, { ...since(NOW - 5), changes: 1 });
    await users.write(user('in-teams-earlier'), 0, since(NOW - 2));
    t.strictSame(await listed('inTeams', NOW), ['in-teams-earlier', 'in-teams-later']);
    t.strictSame(await listed('expired', NOW - 1_000), [], 'their entries may wait');
    await users.write(user('in-teams-untold'), 1, { ...since(NOW - 5), changes: 1, told: 1 });
    t.strictSame(await listed('inTeams', NOW, [], 2), ['in-teams-untold', 'in-teams-earlier']);
    await users.write(user('in-teams-later'), 1, { ...NEW_USER, entryExpiresEpoch: NOW - 1_002 });
    t.strictSame(await listed('expired', NOW - 1_000), ['in-teams-later']);
  });

  t.test('deleted teams are swept once their members are settled and the edge was told', async (t) => {
    const maker = user('maker');
    const put = async (team: Team) => {
      const id = newTeamId();
      await teams.write(id, 0, team);
      return id;
    };
    const unsettled = newTeam('Photos', { userId: maker }, NOW - 9);
    const settled = { ...unsettled, members: [] };
    const sinceEpoch = NOW - 5;
    const later = await put({ ...settled, deleting: { sinceEpoch: NOW - 1 } });
    // The edge's entry may wait until the folder is empty.
    const earlier = await put({ ...settled, deleting: { sinceEpoch }, entryExpiresEpoch: NOW - 3 });
    const sweptOnce = { ...settled, deleting: { sinceEpoch, sweptEpoch: NOW } };
    const swept = await put(sweptOnce);
    const expiring = await put({ ...sweptOnce, entryExpiresEpoch: NOW + 60 });
    const mine = [
      ...[later, earlier, swept, expiring],
      await put({ ...settled, deleting: { sinceEpoch, sweptEpoch: NOW, doneEpoch: NOW + DAY } }),
      await put({ ...settled, deleting: { sinceEpoch }, changes: 1 }),
      await put({ ...unsettled, deleting: { sinceEpoch } }),
      await put(settled),
    ];
    t.strictSame(await listed('sweep', NOW, mine), [earlier, later]);
    t.strictSame(await listed('sweep', NOW + DAY, mine), [earlier, later, swept]);
    t.strictSame(await listed('expired', NOW + 60, [expiring]).then((ids) => ids.at(-1)), expiring);
  });

  const session = { issuedAtEpoch: NOW, expiresAtEpoch: NOW + 100 };
  const waiting = async () => (await due.list('logout', 50)).map(({ key }) => key.replace(/^.*#/, ''));

  t.test('a logout of a sid: no user joins it any more, settled or not', async (t) => {
    const sid = pointer('sid', 'ended');
    t.equal(await pointers.join(sid, user('a'), session, NOW), 'joined');
    t.equal(await pointers.join(sid, user('b'), session, NOW), 'joined');
    t.equal(await pointers.join(sid, user('a'), session, NOW), 'joined', 'once more');
    const marked = await pointers.mark(sid, { issuedAtEpoch: NOW + 1 }, NOW);
    t.strictSame([marked.mark, marked.isDue], [{ issuedAtEpoch: NOW + 1 }, true]);
    t.strictSame(marked.userIds.toSorted(), [user('a'), user('b')]);
    t.equal(await pointers.join(sid, user('c'), { ...session, issuedAtEpoch: NOW + 9 }, NOW), 'ended');
    await pointers.settle(sid, { issuedAtEpoch: NOW + 1 });
    t.equal(await pointers.join(sid, user('c'), { ...session, issuedAtEpoch: NOW + 9 }, NOW), 'ended');
  });

  t.test('a logout of a sub: a user with a younger ID token joins it, settled or not', async (t) => {
    const sub = pointer('sub', 'ended');
    t.equal((await pointers.mark(sub, { issuedAtEpoch: NOW }, NOW)).isDue, true);
    const join = (issuedAtEpoch: number) => pointers.join(sub, user('a'), { ...session, issuedAtEpoch }, NOW);
    t.strictSame([await join(NOW - 1), await join(NOW), await join(NOW + 1)], ['ended', 'ended', 'joined']);
    await pointers.settle(sub, { issuedAtEpoch: NOW });
    t.strictSame([await join(NOW - 1), await join(NOW), await join(NOW + 1)], ['ended', 'ended', 'joined']);
  });

  t.test('a logout is due until it is settled; an older one changes nothing', async (t) => {
    const sub = pointer('sub', 'due');
    const look = async () => {
      const marked = await pointers.readDue(sub);
      const all = await waiting();
      return [marked?.mark.issuedAtEpoch, marked?.userIds, all.filter((hash) => hash === sub.hash)];
    };
    t.strictSame(await look(), [undefined, undefined, []]);
    await pointers.join(sub, user('a'), session, NOW);
    t.strictSame(await look(), [undefined, undefined, []]);
    await pointers.mark(sub, { issuedAtEpoch: NOW }, NOW);
    t.strictSame(await look(), [NOW, [user('a')], [sub.hash]]);
    const older = await pointers.mark(sub, { issuedAtEpoch: NOW - 1 }, NOW);
    t.strictSame([older.mark, older.isDue], [{ issuedAtEpoch: NOW }, true]);
    await pointers.settle(sub, { issuedAtEpoch: NOW - 1 });
    t.strictSame(await look(), [NOW, [user('a')], [sub.hash]], 'another one was settled');
    await pointers.settle(sub, { issuedAtEpoch: NOW });
    t.strictSame(await look(), [undefined, undefined, []]);
    const again = await pointers.mark(sub, { issuedAtEpoch: NOW }, NOW);
    t.strictSame([again.mark, again.isDue], [{ issuedAtEpoch: NOW }, false]);
    await pointers.mark(sub, { issuedAtEpoch: NOW + 1 }, NOW);
    t.strictSame(await look(), [NOW + 1, [user('a')], [sub.hash]], 'a later one is due again');
    await pointers.settle(sub, { issuedAtEpoch: NOW });
    t.strictSame(await look(), [NOW + 1, [user('a')], [sub.hash]]);
  });

  t.test('logouts that wait, the longest wait first', async (t) => {
    const first = pointer('sub-without-sid', 'first');
    const second = pointer('sid', 'second');
    const third = pointer('sub', 'third');
    const mark = (one: Pointer, agoSeconds: number) =>
      pointers.mark(one, { issuedAtEpoch: NOW }, NOW - agoSeconds);
    await mark(third, 50);
    await mark(first, 70);
    await mark(second, 60);
    const hashes = [first, second, third].map(({ hash }) => hash);
    t.strictSame(
      (await waiting()).filter((hash) => hashes.includes(hash)),
      hashes,
    );
  });

  t.test('a pointer has a hundred users; users without a session that could live make room', async (t) => {
    const sid = pointer('sid', 'full');
    for (let i = 0; i < 100; i++) {
      t.equal(
        await pointers.join(sid, user(`${i}`), { ...session, expiresAtEpoch: NOW + 1 + i }, NOW),
        'joined',
      );
    }
    t.equal(await pointers.join(sid, user('more'), session, NOW), 'full');
    t.equal(await pointers.join(sid, user('99'), { ...session, expiresAtEpoch: NOW + DAY }, NOW), 'joined');
    t.equal(await pointers.join(sid, user('more'), session, NOW + 1), 'joined', 'the first one has ended');
    const { userIds } = await pointers.mark(sid, { issuedAtEpoch: NOW }, NOW);
    t.equal(userIds.length, 100);
    t.notOk(userIds.includes(user('0')));
  });

  t.test('tokens: put, turned into a ticket, taken once', async (t) => {
    const id = `${random}-session`;
    t.equal(
      await tokens.turnIntoTicket(id, { ticketHash: 'hash', expiresAtEpoch: NOW }),
      false,
      'there are none',
    );
    await tokens.put(id, 'sealed', NOW + 9);
    t.equal(await tokens.take(id, 'hash', NOW), undefined, 'there is no ticket');
    t.equal(await tokens.replace(`${id}-other`, 'new'), false);
    t.equal(await tokens.read(`${id}-other`), undefined);
    t.equal(await tokens.replace(id, 'newer'), true);
    t.equal(await tokens.read(id), 'newer');
    t.equal(await tokens.replace(id, 'sealed'), true);
    t.equal(await tokens.turnIntoTicket(id, { ticketHash: 'hash', expiresAtEpoch: NOW + 5 }), true);
    t.equal(await tokens.take(id, 'other', NOW), undefined);
    t.equal(await tokens.replace(id, 'after the end'), false);
    t.equal(await tokens.read(id), undefined);
    t.equal(await tokens.take(id, 'hash', NOW + 4), 'sealed');
    t.equal(await tokens.take(id, 'hash', NOW + 4), undefined, 'a second time');
    await tokens.put(id, 'sealed', NOW + 9);
    await tokens.turnIntoTicket(id, { ticketHash: 'hash', expiresAtEpoch: NOW + 5 });
    t.equal(await tokens.take(id, 'hash', NOW + 5), undefined, 'too late');
    await tokens.put(id, 'sealed', NOW + 9);
    await tokens.delete(id);
    await tokens.delete(id);
    t.equal(await tokens.turnIntoTicket(id, { ticketHash: 'hash', expiresAtEpoch: NOW }), false);
  });

  t.test('a use that may happen only once', async (t) => {
    const uses = Array.from({ length: 5 }, () => once.useOnce(`${random}-once`, NOW));
    t.equal((await Promise.all(uses)).filter(Boolean).length, 1);
    t.equal(await once.useOnce(`${random}-once`, NOW + DAY), false);
    t.equal(await once.useOnce(`${random}-other`, NOW), true);
  });

  t.test("the edge's store is written on its version, and on no other", async (t) => {
    const write = async (version: string | undefined, ...given: [name: string, entry?: string][]) => {
      const entries = given.map(([name, entry]) => ({ key: user(name), entry }));
      return (await edge.write(version ?? '', entries)) || undefined;
    };
    const { version } = await edge.describe();
    const first = await write(version, ['a', '0,1,|0,'], ['b', '0,2,|0,']);
    t.not(first?.version, version);
    t.equal(await write(version, ['a', '0,3,|0,']), undefined, 'a version from before');
    t.equal(await write('nonsense', ['a']), undefined);
    const second = await write(first?.version, ['a'], ['b', '0,4,|0,']);
    t.strictSame(second?.version, (await edge.describe()).version, 'the next write can name it');
    const third = await write(second?.version, ['a'], ['b'], ['c', '0,5,|0,']);
    t.strictSame(third?.version, (await edge.describe()).version, 'a key that was not there');
    const { bytes } = await edge.describe();
    const fourth = await write(third?.version, ['d', '0,5,|0,']);
    t.equal((await edge.describe()).bytes - bytes, user('d').length + '0,5,|0,'.length);
    const many = Array.from({ length: 51 }, (_, i): [string, string] => [`${i}`, '0,1,|0,']);
    await t.rejects(
      write(fourth?.version, ...many),
      { name: 'EdgeRefusal', message: /refuses/ },
      'more than fifty',
    );
    await t.rejects(
      write(fourth?.version, ['a', 'x'.repeat(1_025)]),
      { name: 'EdgeRefusal', message: /refuses/ },
      'more than 1 KB',
    );
    t.equal((await edge.describe()).version, fourth?.version);
  });
}
