import t from 'tap';
import { deriveTeamId, newTeamId } from '../../../../core/owner.ts';
import { claimedTeams, withClaimedTeams } from '../../../../services/auth/domain/claimed-teams.ts';
import { withAllEnded } from '../../../../services/auth/domain/live-sessions.ts';
import type { Membership } from '../../../../services/auth/domain/membership.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { teamsSaidBy } from '../../../../services/auth/sessions/teams-of-provider.ts';

const NOW = 1_795_600_000;
const ISSUER = 'https://provider.example';
const of = (...sources: Record<string, unknown>[]) => claimedTeams('groups', sources).values;
const unusableOf = (groups: unknown) => claimedTeams('groups', [{ groups }]).unusable;

t.test('a claim that is missing, of another kind, or kept elsewhere, is no answer', (t) => {
  t.equal(of(), undefined);
  t.equal(of({}, {}), undefined);
  t.equal(of({ groups: null }), undefined);
  for (const groups of [7, true, { a: 'b' }]) {
    t.equal(of({ groups }), undefined, JSON.stringify(groups));
    t.equal(unusableOf(groups), 1, 'it is logged');
  }
  t.equal(of({ _claim_names: { groups: 'src1' } }), undefined);
  t.equal(of({ _claim_names: { groups: 'src1' }, groups: ['a'] }), undefined);
  const elsewhere = [{ _claim_names: { groups: 'src1' } }, { groups: ['a'] }];
  t.strictSame(claimedTeams('groups', elsewhere), { values: undefined, unusable: 0 });
  t.strictSame(of({ _claim_names: null, groups: ['a'] }), ['a']);
  t.strictSame(of({ groups: null }, { groups: ['a'] }), ['a']);
  t.strictSame(of({ _claim_names: { other: 'src1' }, groups: ['a'] }), ['a']);
  t.strictSame(of({ groups: [] }), [], 'an empty one is an answer');
  t.end();
});

t.test('what is left out is counted among the teams of the provider', (t) => {
  const made: Membership = { teamId: newTeamId(), role: 'manager', kind: 'made' };
  for (const [values, leftOut] of [
    [1, undefined],
    [49, undefined],
    [60, { unusable: 0, tooMany: 11 }],
  ] as const) {
    const claims = { groups: Array.from({ length: values }, (_, index) => `g${index}`) };
    const ofProvider = { claim: 'groups', role: 'viewer' as const };
    const said = teamsSaidBy({ ofProvider }, { issuer: ISSUER, claims, userInfo: {} });
    const user = said.applyTo({ ...NEW_USER, memberships: [made] }, NOW);
    t.strictSame(said.leftOut(user), leftOut, `${values}`);
  }
  t.end();
});

t.test('the values are sorted, each once, and what names no team is counted', (t) => {
  t.strictSame(of({ groups: ['b', 'a', 'b'] }), ['a', 'b']);
  t.strictSame(of({ groups: 'a' }), ['a']);
  t.strictSame(of({}, { groups: ['x'] }), ['x'], 'from the userinfo endpoint');
  t.strictSame(of({ groups: ['x'] }, { groups: ['y'] }), ['x'], 'the ID token counts first');
  const mixed = ['a', '', 1, null, {}, 'x\0', '\ud800', 'x'.repeat(1_025)];
  t.strictSame([of({ groups: mixed }), unusableOf(mixed)], [['a'], 7]);
  t.strictSame([of({ groups: [1, 2] }), unusableOf([1, 2])], [[], 2], 'a list is an answer');
  t.equal(unusableOf(['a', 'b', 'a']), 0);
  t.equal(unusableOf(['x'.repeat(1_024)]), 0);
  t.end();
});

const made: Membership = { teamId: newTeamId(), role: 'viewer', kind: 'made' };
const held = (values: string[], user = NEW_USER) =>
  withClaimedTeams(user, { issuer: ISSUER, values, role: 'editor' }, NOW);
const namesOf = (user = NEW_USER) => user.memberships.map(({ name }) => name);

t.test('the memberships follow the claim, and those of teams that people made stay', (t) => {
  const first = held(['a', 'b'], { ...NEW_USER, memberships: [made] });
  t.strictSame(first?.memberships, [
    made,
    { teamId: deriveTeamId(ISSUER, 'a'), role: 'editor', kind: 'provider', name: 'a' },
    { teamId: deriveTeamId(ISSUER, 'b'), role: 'editor', kind: 'provider', name: 'b' },
  ]);
  t.equal(held(['a', 'b'], first), undefined, 'nothing has to be written');
  const second = held(['b', 'c'], first);
  t.strictSame(namesOf(second), [undefined, 'b', 'c']);
  t.equal(second?.changes, 0, 'nothing was signed, so the edge has nothing to know');
  const opened = first && held(['b', 'c'], { ...first, teamNumber: { number: 7, given: 1 } });
  t.strictSame(
    opened?.teamKeys.map(({ number, teamId }) => [number, teamId]),
    [[7, deriveTeamId(ISSUER, 'a')]],
    'the edge refuses the number in the team',
  );
  t.equal(opened?.changes, 1);
  t.strictSame(held([], second)?.memberships, [made]);
  const viewer = withClaimedTeams(NEW_USER, { issuer: ISSUER, values: ['a'], role: 'viewer' }, NOW);
  t.equal(held(['a'], viewer)?.memberships[0]?.role, 'editor', 'the setting changed');
  const more =
    viewer && withClaimedTeams(viewer, { issuer: ISSUER, values: ['a', 'b'], role: 'viewer' }, NOW);
  t.strictSame([namesOf(more), more?.dueInTeams], [['a', 'b'], []], 'no role is lower than before');
  const renamed = first?.memberships.map((each) => (each.name === 'a' ? { ...each, name: 'before' } : each));
  t.strictSame(namesOf(held(['a', 'b'], { ...NEW_USER, memberships: renamed ?? [] })).toSorted(), [
    'a',
    'b',
    undefined,
  ]);
  t.end();
});

t.test('there are 50 memberships at most, and teams that people made come first', (t) => {
  const values = Array.from({ length: 50 }, (_, i) => `g${i + 10}`);
  const full = held(values, { ...NEW_USER, memberships: [made] });
  t.equal(full?.memberships.length, 50);
  t.notOk(namesOf(full).includes('g59'));
  t.equal(held(values, full), undefined);
  const own = Array.from({ length: 50 }, () => ({ ...made, teamId: newTeamId() }));
  t.equal(held(['a'], { ...NEW_USER, memberships: own }), undefined, 'no room is left');
  const many = Array.from({ length: 10_000 }, (_, i) => `g${String(i).padStart(5, '0')}`);
  t.strictSame(namesOf(held(many)).slice(48), ['g00048', 'g00049']);
  t.end();
});

t.test('who leaves a team, or may only look from now on, leaves no share there', (t) => {
  const known = held(['a', 'b', 'c'], { ...NEW_USER, lastStart: 7 });
  const [a, b] = ['a', 'b'].map((value) => deriveTeamId(ISSUER, value));
  const left = known && held(['b', 'c'], known);
  t.strictSame(left?.dueInTeams, [{ teamId: a, through: 7, sinceEpoch: NOW }]);
  const viewer = left && withClaimedTeams(left, { issuer: ISSUER, values: ['b'], role: 'viewer' }, NOW + 1);
  t.match(
    viewer?.dueInTeams.map(({ teamId, through }) => [teamId, through]),
    [
      [a, 7],
      [deriveTeamId(ISSUER, 'c'), 7],
      [b, 7],
    ],
  );
  t.strictSame(viewer && held(['b'], viewer)?.dueInTeams, viewer?.dueInTeams, 'a higher role leaves nothing');
  t.end();
});

t.test('while the schedule does not run, a user leaves every team and joins few', (t) => {
  let user = { ...NEW_USER, lastStart: 7 };
  const values = (round: number) => Array.from({ length: 50 }, (_, i) => `g${round}.${i}`);
  for (let round = 0; round < 5; round++) user = held(values(round), user) ?? user;
  t.equal(user.dueInTeams.length, 200);
  t.equal(held(values(4), user), undefined, 'who leaves no team stays in all of them');
  const next = [...values(4).slice(1), 'new'];
  const one = held(next, user);
  t.equal(one?.dueInTeams.length, 201);
  t.notOk(namesOf(one).includes('g4.0'), 'no answer of the provider keeps a member');
  t.notOk(namesOf(one).includes('new'));
  t.equal(held(next, one), undefined);
  const viewer = one && withClaimedTeams(one, { issuer: ISSUER, values: next, role: 'viewer' }, NOW);
  t.strictSame(
    viewer?.memberships.map(({ role }) => role),
    Array(49).fill('viewer'),
  );
  const none = viewer && held([], viewer);
  t.strictSame([none?.memberships.length, none?.dueInTeams.length], [0, 250]);
  t.equal(none && held(values(6), none), undefined);
  t.equal(
    namesOf(none && held(values(6), { ...none, dueInTeams: [] })).length,
    50,
    'once the schedule has run',
  );
  const all = withAllEnded(user, NOW);
  t.equal(all.dueInTeams.length, 250, '"sign out everywhere" is never refused');
  t.equal(withAllEnded(all, NOW).dueInTeams.length, 250);
  t.end();
});

t.test('groups whose names look alike are told apart by the claim', (t) => {
  t.strictSame(namesOf(held(['Sales', 'Sales\u200b'])).toSorted(), ['Sales', 'Sales (SalesU+200B)']);
  t.end();
});

t.test('the name of a team is the value of the claim, as far as it can be shown', (t) => {
  t.strictSame(namesOf(held(['a@b.example\n', '\n'])), ['a@b.example', deriveTeamId(ISSUER, '\n')]);
  t.end();
});
