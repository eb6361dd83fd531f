import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { teamStart } from '../../../../core/team-start.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { UserRecord } from '../../../../services/auth/sessions/record.ts';
import { cleanUserAgent, MAX_SESSIONS, newSessionId } from '../../../../services/auth/sessions/session.ts';
import { MAX_SHARES } from '../../../../services/auth/shares/share.ts';
import { MAX_DUE_IN_TEAMS } from '../../../../services/auth/teams/due.ts';
import { MAX_MEMBERSHIPS, type Membership } from '../../../../services/auth/teams/membership.ts';
import {
  mayHaveNewNumber,
  withMembership,
  withoutMembership,
  withTeamStart,
  withTeamStartsRevoked,
} from '../../../../services/auth/teams/starts.ts';
import { parseJson } from '../../../support/client.ts';
import { nowEpoch, withHundredEnded } from '../support/seed-session.ts';
import { startSessions } from '../support/sessions.ts';

const { store, stores, origin, session } = await startSessions(t);

const NOW = nowEpoch();
const HASH = 'h'.repeat(22);
const MADE = 'made' as const;
/** DynamoDB takes 400 KB. A record stays far below that, since each sign-out writes all of it. */
const MAX_BYTES = 300_000;

/** Makes a team, opens it in the session, and deletes it. */
function makeAndDelete(user: UserRecord, number: number): UserRecord {
  const teamId = newTeamId();
  const member = withMembership(user, { teamId, role: 'manager', kind: MADE }, NOW);
  const [first] = member.sessions;
  if (!first) throw new Error('no session');
  const opened =
    withTeamStart(member, first, mayHaveNewNumber(member, NOW) ? number : undefined, NOW) ?? member;
  return withoutMembership(opened, teamId, NOW);
}

/** What a thief leaves who makes teams and deletes them for days, while the edge cannot be told. */
function loop(user: UserRecord): UserRecord {
  let looped = user;
  for (let day = 0; day < 5; day++) {
    for (let i = 0; i < 200; i++) looped = makeAndDelete(looped, day * 200 + i);
    looped = { ...looped, newNumbersAtEpoch: [] };
  }
  return looped;
}

/** A record in which each part is at its bound, and each name is as long as a name gets. */
function fullest(user: UserRecord): UserRecord {
  const looped = loop(user);
  const widest = '\u{1f600}'.repeat(100);
  const one = {
    ...{ id: newSessionId(), tokenHash: 'x'.repeat(43), start: NOW, subjectHash: HASH, sidHash: HASH },
    ...{ createdAtEpoch: NOW, expiresAtEpoch: NOW, lastUsedAtEpoch: NOW, issuedAtEpoch: NOW },
    userAgent: cleanUserAgent('"\u0001'.repeat(500)),
    recheck: {
      ...{ answeredAtEpoch: NOW, withinSeconds: 43_200 },
      asking: { number: 'n'.repeat(8), sinceEpoch: NOW },
    },
  };
  const sessions = Array.from({ length: MAX_SESSIONS }, (_, n) => ({
    ...one,
    teamStart: teamStart(1_500_000, n),
  }));
  const share = { number: 10_000_000, expiresAtEpoch: NOW + 1, name: '"'.repeat(991), etag: 'e'.repeat(40) };
  const membership = (): Membership => ({
    ...{ teamId: newTeamId(), role: 'manager', kind: 'provider', name: widest, place: '"'.repeat(512) },
  });
  const full = {
    ...withHundredEnded(withHundredEnded({ ...looped, longestCookieSeconds: 86_400 })),
    ...{ name: '"'.repeat(200), email: '"'.repeat(200), owner: HASH },
    teamNumber: { number: 1_500_000, given: 512 },
    newNumbersAtEpoch: Array.from({ length: 20 }, () => NOW),
    sessions,
    shares: Array.from({ length: MAX_SHARES }, () => share),
    memberships: Array.from({ length: MAX_MEMBERSHIPS }, membership),
    dueInTeams: Array.from({ length: MAX_DUE_IN_TEAMS + MAX_MEMBERSHIPS }, () => ({
      ...{ teamId: newTeamId(), through: NOW, sinceEpoch: NOW },
    })),
  };
  return withTeamStartsRevoked(full, sessions, NOW);
}

t.test('the largest record is one item of the table, and everything of it can be signed out', async (t) => {
  const userId = parseUserId('bounded');
  const { headers } = await session(userId);
  const { user, version } = await stores.users.read(userId);
  const largest = fullest(user);
  const [own] = user.sessions;
  if (!own) throw new Error('no session');
  // The last one is the session that signs out.
  const known = { ...largest, sessions: [...largest.sessions.slice(1), own] };
  const bytes = Buffer.byteLength(JSON.stringify(known));
  t.ok(bytes > 100_000 && bytes < MAX_BYTES, `${bytes} bytes`);
  t.ok(await stores.users.write(userId, version, known));
  t.strictSame((await stores.users.read(userId)).user, known, 'the record is read as it was written');

  const answer = await fetch(`${origin}/auth/logout-all`, {
    ...{ method: 'POST', redirect: 'manual' },
    headers: { ...headers, accept: 'application/json' },
  });
  t.equal(answer.status, 200);
  t.equal((await parseJson<{ edge: string }>(answer)).edge, 'told');
  const after = await stores.users.read(userId);
  t.strictSame([after.user.sessions, after.user.shares], [[], []]);
  t.equal(after.user.told, after.user.changes);
  t.match(store.keyValueStore.get('.1500000'), /^1768000511,/);
});
