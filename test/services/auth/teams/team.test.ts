import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import type { Role } from '../../../../services/auth/teams/membership.ts';
import {
  type Invitation,
  MAX_INVITATIONS,
  MAX_MEMBERS,
  type Member,
  newTeam,
  openInvitations,
  requireRole,
  type Team,
  withAccepted,
  withDeletion,
  withInvitation,
  withName,
  withoutInvitation,
  withoutMember,
  withRole,
  withSettled,
} from '../../../../services/auth/teams/team.ts';

const NOW = 1_795_600_000;
const [ANN, BEN, CAT, DAN] = [parseUserId('ann'), parseUserId('ben'), parseUserId('cat'), parseUserId('dan')];

const INVITATION: Invitation = {
  ...{ hash: 'h', role: 'viewer', usesLeft: 1, expiresAtEpoch: NOW + 60 },
  maker: { userId: ANN, start: 9 },
};

/** A team whose members are settled: Ann is a manager, Ben an editor, Cat a viewer. */
function team(changes: Partial<Team> = {}): Team {
  const member = (userId: Member['userId'], role: Role): Member => ({ userId, role, joinedAtEpoch: NOW });
  const members = [member(ANN, 'manager'), member(BEN, 'editor'), member(CAT, 'viewer')];
  return { ...newTeam('Photos', { userId: ANN }, NOW), members, ...changes };
}

const code = (name: string) => ({ code: name });

t.test('the item itself refuses a doer who has not the role, and who is no member', (t) => {
  const doings: [name: string, needed: Role, doing: (known: Team, doer: Member['userId']) => unknown][] = [
    ['rename', 'manager', (known, doer) => withName(known, doer, 'Other')],
    [
      'invite',
      'manager',
      (known, doer) => withInvitation(known, { ...INVITATION, maker: { userId: doer, start: 9 } }, NOW),
    ],
    ['end an invitation', 'manager', (known, doer) => withoutInvitation(known, doer, 'x')],
    [
      'change a role',
      'manager',
      (known, doer) => withRole(known, doer, { userId: CAT, role: 'editor' }, NOW),
    ],
    ['remove', 'manager', (known, doer) => withoutMember(known, doer, doer === CAT ? BEN : CAT, NOW)],
    ['leave', 'viewer', (known, doer) => withoutMember(known, doer, doer === ANN ? CAT : doer, NOW)],
    ['delete', 'manager', (known, doer) => withDeletion(known, doer, NOW)],
  ];
  for (const [name, needed, doing] of doings) {
    t.doesNotThrow(() => doing(team(), ANN), name);
    for (const doer of [BEN, CAT]) {
      if (needed === 'viewer') t.doesNotThrow(() => doing(team(), doer), name);
      else t.throws(() => doing(team(), doer), code('role_too_low'), `${name}, ${doer}`);
    }
    t.throws(() => doing(team(), DAN), code('no_such_team'), name);
    if (name === 'delete') continue;
    const removed = withDeletion(team(), ANN, NOW) ?? team();
    if (name !== 'leave') t.throws(() => doing(removed, ANN), code('no_such_team'), `${name}, deleted`);
  }
  t.doesNotThrow(() => requireRole(team(), BEN, 'editor'));
  t.end();
});

t.test('a team has at most 500 members and 100 open invitations', (t) => {
  const members = Array.from(
    { length: MAX_MEMBERS - 1 },
    (_, i): Member => ({
      ...{ userId: parseUserId(`u${i}`), role: 'manager', joinedAtEpoch: NOW },
    }),
  );
  const joining = { userId: DAN, hash: 'h' };
  const almost = team({ members, invitations: [{ ...INVITATION, usesLeft: 9 }] });
  const full = withAccepted(almost, joining, NOW) ?? almost;
  t.equal(full.members.length, 500);
  t.throws(() => withAccepted(full, { ...joining, userId: BEN }, NOW), code('too_many_members'));
  let invited = team();
  for (let i = 0; i < MAX_INVITATIONS; i++)
    invited = withInvitation(invited, { ...INVITATION, hash: `${i}` }, NOW) ?? invited;
  t.equal(openInvitations(invited, NOW).length, 100);
  t.throws(() => withInvitation(invited, INVITATION, NOW), code('too_many_invitations'));
  t.strictSame(openInvitations(invited, NOW + 60), []);
  const later = withInvitation(invited, { ...INVITATION, expiresAtEpoch: NOW + 99 }, NOW + 60);
  t.equal(later?.invitations.length, 1, 'expired ones make room');
  t.end();
});

t.test('the last manager never goes, nor one besides whom no manager is settled', (t) => {
  const lowered = { userId: ANN, role: 'editor' as const };
  t.throws(() => withoutMember(team(), ANN, ANN, NOW), code('last_manager'));
  t.throws(() => withRole(team(), ANN, lowered, NOW), code('last_manager'));
  const raised = withRole(team(), ANN, { userId: BEN, role: 'manager' }, NOW) ?? team();
  t.throws(() => withoutMember(raised, ANN, ANN, NOW), code('last_manager'), 'not settled yet');
  const settled = withSettled(raised, [BEN]);
  t.ok(withRole(settled, ANN, lowered, NOW));
  const left = withoutMember(settled, ANN, ANN, NOW) ?? settled;
  t.throws(() => withoutMember(left, BEN, BEN, NOW), code('last_manager'));
  t.ok(withoutMember(settled, ANN, BEN, NOW), 'a manager removes another one');
  const young = newTeam('Photos', { userId: ANN }, NOW);
  const members = [...young.members, { userId: CAT, role: 'viewer' as const, joinedAtEpoch: NOW }];
  t.ok(withoutMember({ ...young, members }, CAT, CAT, NOW), 'a viewer leaves whatever managers there are');
  t.end();
});

const share = (number: number, userId: Member['userId'], expiresAtEpoch = NOW + 60) => ({
  ...{ number, maker: { userId, start: number }, name: 'a.png', expiresAtEpoch },
});
const withShares = team({
  invitations: [INVITATION],
  lastShare: 3,
  shares: [share(1, BEN), share(2, ANN), share(3, BEN, NOW - 300)],
});

t.test('a removal ends every open invitation, and the shares that the removed one made', (t) => {
  const left = withoutMember(withShares, ANN, BEN, NOW);
  t.strictSame(left?.invitations, []);
  t.strictSame(
    left?.shares.map(({ number }) => number),
    [2, 3],
    'one that has expired on every clock needs no revocation',
  );
  t.strictSame(left?.revokedShares, [{ number: 1, untilEpoch: NOW + 60 + 300 }]);
  t.strictSame([left?.changes, left?.told, left?.pendingSinceEpoch], [1, 0, NOW]);
  const other = withoutMember(withShares, ANN, CAT, NOW);
  t.strictSame([other?.invitations, other?.shares.length, other?.changes], [[], 3, 0]);
  t.end();
});

t.test('a lower role ends every open invitation; one below editor the shares too', (t) => {
  const viewer = withRole(withShares, ANN, { userId: BEN, role: 'viewer' }, NOW);
  t.strictSame([viewer?.invitations, viewer?.shares.length, viewer?.changes], [[], 2, 1]);
  const managers = withSettled(
    withRole(withShares, ANN, { userId: BEN, role: 'manager' }, NOW) ?? withShares,
    [BEN],
  );
  t.strictSame(
    [managers.invitations, managers.shares.length],
    [[INVITATION], 3],
    'a higher one ends nothing',
  );
  const editor = withRole(managers, ANN, { userId: BEN, role: 'editor' }, NOW);
  t.strictSame([editor?.invitations, editor?.shares.length, editor?.changes], [[], 3, 0]);
  t.equal(editor?.members[1]?.dueSinceEpoch, NOW);
  t.end();
});
