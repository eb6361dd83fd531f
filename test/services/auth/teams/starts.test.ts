import t from 'tap';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { STARTS_PER_NUMBER, teamStart } from '../../../../core/team-start.ts';
import { CLOCKS_APART_SECONDS } from '../../../../core/time-bounds.ts';
import { isRevoked } from '../../../../edge/function/revocation-check.ts';
import { dueKeys, withEdgeTold } from '../../../../services/auth/edge/entry.ts';
import { withCookieLifetime, withoutSessions, withSession } from '../../../../services/auth/sessions/live.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/sessions/record.ts';
import { MAX_SESSIONS, type Session } from '../../../../services/auth/sessions/session.ts';
import { membershipOf } from '../../../../services/auth/teams/membership.ts';
import {
  lastNumber,
  teamStartOf,
  withMembership,
  withoutMembership,
  withTeamStart,
} from '../../../../services/auth/teams/starts.ts';

const NOW = 1_795_600_000;
const [RED, BLUE] = [newTeamId(), newTeamId()];
const LAST = STARTS_PER_NUMBER - 1;
/** A record keeps what has ended for this much longer than entries. */
const APART_SECONDS = 150;
const GONE_SECONDS = 900 + CLOCKS_APART_SECONDS + APART_SECONDS;

const member = (teamId: TeamId, role: 'viewer' | 'editor' = 'viewer') =>
  ({ teamId, role, kind: 'made' }) as const;

function session(id: string): Omit<Session, 'start'> {
  return {
    ...{ id, tokenHash: id, subjectHash: 's', createdAtEpoch: NOW, issuedAtEpoch: NOW },
    ...{ lastUsedAtEpoch: NOW, expiresAtEpoch: NOW + 43_200 },
  };
}

/** A user of both teams with these sessions, and `number` for the sessions that open a team. */
function userWith(...ids: string[]): UserRecord {
  let user = withCookieLifetime(NEW_USER, 900);
  for (const id of ids) user = withSession(user, session(id), NOW) ?? user;
  return withMembership(withMembership(user, member(RED), NOW), member(BLUE), NOW);
}

const sessionOf = (user: UserRecord, id: string) => {
  const found = user.sessions.find((each) => each.id === id);
  if (!found) throw new Error(`no session ${id}`);
  return found;
};

/** Opens a team in a session, as the use case does: a session with a good start is left alone. */
function open(user: UserRecord, id: string, newNumber?: number): UserRecord {
  if (teamStartOf(user, sessionOf(user, id)) !== undefined) return user;
  const opened = withTeamStart(user, sessionOf(user, id), newNumber, NOW);
  if (!opened) throw new Error('a new number is needed');
  return opened;
}

const startOf = (user: UserRecord, id: string) => teamStartOf(user, sessionOf(user, id));
const toldAt = (user: UserRecord, epoch: number) => withEdgeTold(user, user, epoch, epoch);
const end = (user: UserRecord, ...ids: string[]) =>
  withoutSessions(user, ({ id }) => ids.includes(id), NOW) ?? user;

/** What the edge holds after it was told of the changes one after the other. */
function edgeOf(...users: { user: UserRecord; atEpoch: number }[]): Map<string, string> {
  const edge = new Map<string, string>();
  for (const { user, atEpoch } of users) {
    for (const { key, entry } of dueKeys(user, 'own', atEpoch)) {
      if (entry === undefined) edge.delete(key);
      else edge.set(key, entry);
    }
  }
  return edge;
}

/** Whether the edge refuses a start in a team: the two looks of `edge/function/gate.ts`. */
function refuses(edge: Map<string, string>, teamId: TeamId, start: number): boolean {
  const number = Math.floor((start - teamStart(0, 0)) / STARTS_PER_NUMBER);
  return [`.${number}`, `${teamId}.${number}`].some((key) => {
    const entry = edge.get(key);
    return entry !== undefined && isRevoked(entry, { kind: 'folder', start });
  });
}

t.test('a start is free again when the writer has noted its key gone, and not by a clock', async (t) => {
  const ended = end(open(userWith('a', 'b'), 'a', 7), 'a');
  const first = (user: UserRecord) => startOf(open(user, 'b'), 'b');
  t.equal(first(ended), teamStart(7, 1));
  const told = toldAt(ended, NOW);
  t.equal(first(told), teamStart(7, 1));
  t.equal(first(toldAt(told, NOW + GONE_SECONDS - 1)), teamStart(7, 1));
  const gone = toldAt(told, NOW + GONE_SECONDS);
  t.strictSame(gone.teamKeys, []);
  t.equal(first(gone), teamStart(7, 0));
  const edge = edgeOf({ user: ended, atEpoch: NOW }, { user: told, atEpoch: NOW + GONE_SECONDS });
  t.strictSame([...edge], [], 'and the key is removed');
});

t.test(
  'without a free start a new number is needed; it leaves the old one with its floor at its end',
  async (t) => {
    const ids = Array.from({ length: MAX_SESSIONS }, (_, i) => `${i}`);
    let user = userWith(...ids);
    for (const id of ids) user = open(user, id, 7);
    // Starts that nobody holds any more, and which the edge still refuses.
    const held = { floor: { through: teamStart(7, LAST - MAX_SESSIONS) }, singles: [] };
    user = { ...user, teamKeys: [{ number: 7, ...held, lastChange: 0 }] };
    const last = teamStart(7, LAST);
    for (const id of ids) user = open(user, id);
    t.equal(startOf(user, '99'), last);
    const full = end(user, '99');
    const again = withSession(full, session('new'), NOW) ?? full;
    t.equal(withTeamStart(again, sessionOf(again, 'new'), undefined, NOW), undefined);
    const next = open(again, 'new', 8);
    t.equal(startOf(next, 'new'), teamStart(8, 0));
    t.equal(startOf(next, '0'), undefined, 'the others change over when they renew');
    t.match(
      dueKeys(next, 'own', NOW).find(({ key }) => key === '.7'),
      { entry: `${last},|0,` },
    );
  },
);

t.test('removed and added again: the old starts stay refused, and new ones open', async (t) => {
  const user = open(userWith('a'), 'a', 7);
  const old = teamStart(7, 0);
  const removed = withoutMembership(user, RED, NOW);
  t.equal(membershipOf(removed, RED), undefined);
  t.strictSame(
    dueKeys(removed, 'own', NOW).map(({ key }) => key),
    [`${RED}.7`],
    'the own key is as the edge knows it',
  );
  t.equal(startOf(removed, 'a'), old, 'the other teams go on');
  const edge = edgeOf({ user: removed, atEpoch: NOW });
  t.ok(refuses(edge, RED, old));
  t.ok(refuses(edge, RED, teamStart(7, LAST)), 'also a start that is given later');
  t.notOk(refuses(edge, BLUE, old));

  const added = withMembership(toldAt(removed, NOW), member(RED), NOW);
  t.equal(startOf(added, 'a'), undefined);
  const opened = open(added, 'a', 8);
  const now = edgeOf({ user: removed, atEpoch: NOW }, { user: opened, atEpoch: NOW });
  t.ok(refuses(now, RED, old));
  t.ok(refuses(now, BLUE, old), 'until one renewal');
  t.notOk(refuses(now, RED, teamStart(8, 0)));

  const later = toldAt(toldAt(removed, NOW), NOW + GONE_SECONDS);
  t.strictSame(later.teamKeys, []);
  const addedLater = withMembership(later, member(RED), NOW);
  t.equal(startOf(addedLater, 'a'), old, 'all cookies from before have expired');
  t.equal(addedLater.changes, later.changes);
});

t.test(
  'a key that is full overtakes live sessions: they get other starts, and the old ones are revoked',
  async (t) => {
    let user = open(userWith('old'), 'old', 7);
    const old = teamStart(7, 0);
    for (let i = 0; i < 100; i++) {
      user = withSession(user, session(`${i}`), NOW) ?? user;
      user = end(open(user, `${i}`), `${i}`);
      if (startOf(user, 'old') === undefined) break;
    }
    t.equal(startOf(user, 'old'), undefined);
    const key = dueKeys(user, 'own', NOW).find((each) => each.key === '.7');
    t.ok(
      (key?.entry?.length ?? 0) > 1_000 && (key?.entry?.length ?? 0) <= 1_024,
      `${key?.entry?.length} bytes`,
    );
    const told = toldAt(user, NOW);
    const again = open(told, 'old');
    const next = startOf(again, 'old');
    t.ok(next !== undefined && next > old);
    const [floor] = again.teamKeys;
    t.equal(floor?.floor.untilEpoch, undefined, 'the old start is revoked in the write that replaces it');
  },
);

t.test('the last number is the one whose last start is a minute in the past', async (t) => {
  const end = teamStart(77, LAST);
  t.strictSame([lastNumber(end + 59), lastNumber(end + 60)], [76, 77]);
  t.ok(lastNumber(NOW) > 1_500_000);
});
