import t from 'tap';
import { deriveTeamId, newTeamId } from '../../../../core/owner.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import { withClaimedTeams } from '../../../../services/auth/teams/claimed.ts';
import type { Membership } from '../../../../services/auth/teams/membership.ts';

const NOW = 1_795_600_000;
const ISSUER = 'https://provider.example';

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

t.test('the name of a team is the value of the claim, as far as it can be shown', (t) => {
  t.strictSame(namesOf(held(['a@b.example\n', '\n'])), ['a@b.example', deriveTeamId(ISSUER, '\n')]);
  t.end();
});
