import t from 'tap';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { formatRecord, parseRecord } from '../../../../services/auth/adapters/record-format.ts';
import { withDueInTeams } from '../../../../services/auth/domain/due-in-teams.ts';
import { withEdgeTold, withRevokedStarts } from '../../../../services/auth/domain/revocation-entry.ts';
import {
  withMembership,
  withoutMembership,
  withTeamStart,
  withTeamStartsRevoked,
} from '../../../../services/auth/domain/team-starts.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/domain/user-record.ts';

const SINCE = 1_795_600_000;
const END = SINCE + 1_200;

/** A record as deployments before format 2 wrote it: everything that is revoked has its end at once. */
const OLD = {
  ...NEW_USER,
  ...{ format: 1, lastStart: 9, lastShare: 2, longestCookieSeconds: 900, changes: 3, told: 3 },
  signedOut: { through: 5, untilEpoch: SINCE + 86_700 },
  overtaken: { through: 6, untilEpoch: END },
  revokedStarts: [
    { number: 7, untilEpoch: SINCE },
    { number: 8, untilEpoch: END },
  ],
  sharesSignedOut: { through: 1, untilEpoch: END },
  revokedShares: [{ number: 2, untilEpoch: END }],
  entryExpiresEpoch: END,
};

t.test('format 1: an end counts if the edge was told, else only if it was before the change', async (t) => {
  const { format: _format, ...told } = OLD;
  t.strictSame(parseRecord(JSON.stringify(OLD)), told);
  const untold = parseRecord(JSON.stringify({ ...OLD, told: 2, untoldSinceEpoch: SINCE }));
  t.strictSame(untold, {
    ...told,
    ...{ told: 2, untoldSinceEpoch: SINCE },
    signedOut: { through: 5 },
    overtaken: { through: 6 },
    revokedStarts: [{ number: 7, untilEpoch: SINCE }, { number: 8 }],
    sharesSignedOut: { through: 1 },
  });
  t.strictSame(parseRecord(formatRecord(untold)), untold, 'format 2 means what it says');
  t.strictSame(parseRecord(JSON.stringify({ ...NEW_USER, format: 1, changes: 1 })), {
    ...NEW_USER,
    changes: 1,
  });
  const ended = { ...untold, revokedStarts: [{ number: 8, untilEpoch: END }] };
  t.strictSame(parseRecord(formatRecord(ended)), ended, 'also while a change is untold');
});

t.test('a newer format is no record of this deployment', async (t) => {
  t.throws(() => parseRecord('{"format":4}'), { code: 'store_unavailable' });
});

const SESSION = {
  ...{
    id: 'i',
    tokenHash: 't',
    start: 9,
    createdAtEpoch: SINCE,
    expiresAtEpoch: END,
    lastUsedAtEpoch: SINCE,
  },
  ...{ issuedAtEpoch: SINCE, subjectHash: 's' },
};

t.test('a user who never had a team has format 2, and nothing of teams in the record', async (t) => {
  const {
    teamKeys: _k,
    memberships: _m,
    newNumbersAtEpoch: _n,
    madeTeamsAtEpoch: _a,
    dueInTeams: _d,
    ...members
  } = NEW_USER;
  const sessions = [SESSION, { ...SESSION, recheck: { answeredAtEpoch: SINCE } }];
  const packed = ['i', 't', 9, SINCE, END, SINCE, SINCE, 's', null, null];
  t.strictSame(JSON.parse(formatRecord({ ...NEW_USER, sessions })), {
    ...members,
    ...{ format: 2, sessions: [packed, [...packed, [SINCE, null]]] },
  });
  const revoked = withRevokedStarts({ ...NEW_USER, sessions }, [9], SINCE);
  t.match(JSON.parse(formatRecord(revoked)), { format: 2, changes: 1 });
  t.notMatch(formatRecord(revoked), /lastOwnChange|team/);
});

t.test('all that a session may hold comes back as it was', async (t) => {
  const recheck = { answeredAtEpoch: SINCE, withinSeconds: 5, asking: { number: 'n', sinceEpoch: END } };
  for (const more of [{ sidHash: 'h' }, { userAgent: 'u' }, { sidHash: 'h', userAgent: 'u', recheck }]) {
    const user = { ...NEW_USER, sessions: [{ ...SESSION, ...more }] };
    t.strictSame(parseRecord(formatRecord(user)), user, Object.keys(more).join());
  }
});

t.test('format 3: the memberships, the number, its keys, and the sessions’ team starts', async (t) => {
  const [left, kept] = [newTeamId(), newTeamId()];
  const member = (teamId: TeamId) => ({ teamId, role: 'viewer' as const, kind: 'made' as const });
  let user: UserRecord = { ...NEW_USER, sessions: [SESSION, { ...SESSION, id: 'j' }] };
  for (const teamId of [left, kept]) user = withMembership(user, member(teamId), SINCE);
  t.strictSame(parseRecord(formatRecord(user)), user);
  t.equal(JSON.parse(formatRecord({ ...NEW_USER, lastOwnChange: 0 })).format, 3, 'other keys were told');
  t.equal(
    JSON.parse(formatRecord(withDueInTeams(NEW_USER, [kept], SINCE))).format,
    3,
    'something is left to do',
  );
  for (const session of user.sessions) user = withTeamStart(user, session, 7, SINCE) ?? user;
  user = withoutMembership(user, left, SINCE);
  user = withDueInTeams(user, [kept], SINCE);
  const [first] = user.sessions;
  user = first ? withTeamStartsRevoked(user, [first], SINCE) : user;
  t.equal(JSON.parse(formatRecord(user)).format, 3);
  t.strictSame(parseRecord(formatRecord(user)), user);
  const told = withEdgeTold(user, user, SINCE, SINCE);
  t.strictSame(
    told.teamKeys.map(({ singles }) => singles.length),
    [0, 1],
  );
  t.match(parseRecord(formatRecord(told)), { teamKeys: told.teamKeys, sessions: told.sessions });
});

t.test(
  'whatever a record says of teams alone gives it the format that a deployment without teams refuses',
  async (t) => {
    const teamId = newTeamId();
    const parts: Partial<UserRecord>[] = [
      { memberships: [{ teamId, role: 'viewer', kind: 'made' }] },
      { teamNumber: { number: 1, given: 0 } },
      { teamKeys: [{ number: 1, floor: { through: 0 }, singles: [], lastChange: 0 }] },
      { newNumbersAtEpoch: [1] },
      { dueInTeams: [{ teamId, through: 1, sinceEpoch: 1 }] },
      { lastOwnChange: 1 },
    ];
    const formatOf = (user: UserRecord): unknown => JSON.parse(formatRecord(user)).format;
    t.equal(formatOf(NEW_USER), 2);
    for (const part of parts) {
      const user = { ...NEW_USER, ...part };
      t.equal(formatOf(user), 3, JSON.stringify(part));
      t.strictSame(parseRecord(formatRecord(user)), user, JSON.stringify(part));
    }
  },
);
