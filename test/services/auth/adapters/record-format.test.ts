import t from 'tap';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { formatRecord, parseRecord } from '../../../../services/auth/adapters/record-format.ts';
import { withDueInTeams } from '../../../../services/auth/domain/due-in-teams.ts';
import {
  withMembership,
  withoutMembership,
  withTeamStart,
  withTeamStartsRevoked,
} from '../../../../services/auth/domain/team-starts.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/domain/user-record.ts';

const SINCE = 1_795_600_000;
const END = SINCE + 1_200;
const SESSION = {
  ...{ id: 'i', tokenHash: 't', start: 9, createdAtEpoch: SINCE, expiresAtEpoch: END },
  ...{ lastUsedAtEpoch: SINCE, issuedAtEpoch: SINCE, subjectHash: 's' },
};

t.test('a newer format is no record of this deployment', async (t) => {
  t.throws(() => parseRecord('{"format":4}'), { code: 'store_unavailable' });
});

t.test('all that a record may hold comes back as it was', async (t) => {
  const recheck = { answeredAtEpoch: SINCE, withinSeconds: 5, asking: { number: 'n', sinceEpoch: END } };
  const [left, kept] = [newTeamId(), newTeamId()];
  const member = (teamId: TeamId) => ({ teamId, role: 'viewer' as const, kind: 'made' as const });
  const all = { sidHash: 'h', userAgent: 'u', recheck };
  let user: UserRecord = { ...NEW_USER, sessions: [SESSION, { ...SESSION, id: 'j', ...all }] };
  for (const teamId of [left, kept]) user = withMembership(user, member(teamId), SINCE);
  for (const session of user.sessions) user = withTeamStart(user, session, 7, SINCE) ?? user;
  user = withDueInTeams(withoutMembership(user, left, SINCE), [kept], SINCE);
  user = withTeamStartsRevoked(user, user.sessions.slice(0, 1), SINCE);
  t.ok(user.teamKeys.length > 1 && user.dueInTeams.length > 0);
  for (const each of [NEW_USER, { ...NEW_USER, sessions: [SESSION] }, user])
    t.strictSame(parseRecord(formatRecord(each)), each);
});
