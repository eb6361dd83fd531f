import t from 'tap';
import { inNode } from '../../in-node.ts';

const { createOwners } = await inNode('page/teams/owners.ts');

const team = (id: string, more: object = {}) => ({ id, name: id, role: 'editor', ...more });

/** Owners whose host answers with these lists, one after another. */
function ownersOf(...lists: (object[] | Promise<object[]> | Error)[]) {
  const lost: string[] = [];
  const gateway = {
    teams: {
      list: async () => {
        const teams = await lists.shift();
        if (teams instanceof Error) throw teams;
        return { teams, mayMake: true };
      },
    },
    team: (id: string) => ({ id }),
  };
  const owners = createOwners(gateway, {
    onChange: () => {},
    onLost: ({ id }: { id: string }) => lost.push(id),
  });
  const names = () => owners.teams()?.map((owner: { team: { name: string } }) => owner.team.name);
  return { owners, names, lost };
}

t.test('a list that began before a change is read again', async (t) => {
  const held = Promise.withResolvers<object[]>();
  const { owners, names, lost } = ownersOf(held.promise, [team('a'), team('b')]);
  const reading = owners.refresh();
  owners.put(team('b'));
  held.resolve([team('a')]);
  await reading;
  t.strictSame(names(), ['a', 'b']);
  t.strictSame(lost, []);
});

t.test('an owner stays the same object, with the news of the host', async (t) => {
  const { owners, names } = ownersOf([team('a')], [team('a', { name: 'A', role: 'viewer' })]);
  await owners.refresh();
  const owner = owners.of('a');
  await owners.refresh();
  t.equal(owners.of('a'), owner, 'uploads under way have it');
  t.strictSame(names(), ['A']);
  owners.setRole('a', 'manager');
  t.equal(owner.team.role, 'manager');
});

t.test('a team that is missing is lost, once, and not if the person has left it here', async (t) => {
  const { owners, names, lost } = ownersOf([team('a'), team('b'), team('c')], [team('b'), team('c')]);
  await owners.refresh();
  await owners.refresh();
  t.strictSame(lost, ['a']);
  await owners.leave(owners.of('b'), async () => owners.lose('b'));
  t.strictSame([names(), lost], [['c'], ['a']]);
  await t.rejects(owners.leave(owners.of('c'), () => Promise.reject(new Error('last_manager'))));
  t.strictSame(names(), ['c'], 'nobody leaves by a refusal');
  owners.lose('c');
  owners.lose('c');
  t.strictSame([names(), lost], [[], ['a', 'c']]);
});

t.test('what is read while the person signs out is not kept', async (t) => {
  const held = Promise.withResolvers<object[]>();
  const { owners } = ownersOf(held.promise, new Error('no_session'));
  const reading = owners.refresh();
  owners.clear();
  held.resolve([team('a')]);
  await t.rejects(reading);
  t.equal(owners.teams(), undefined);
  t.equal(owners.of(undefined), owners.own, 'the own files have an owner always');
});
