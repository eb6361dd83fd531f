import t from 'tap';
import { teamStart } from '../../../../core/team-start.ts';
import { MAX_SIGNED_URL_SECONDS } from '../../../../core/time-bounds.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { parseId } from '../../../../services/operator/cli/command-line.ts';
import { restoredCommand } from '../../../../services/operator/cli/restored.ts';
import { openSessionStores } from '../../../../services/operator/cli/stores.ts';
import { startTestStack } from '../../../support/test-stack.ts';
import { change, nowEpoch } from '../../auth/support/seed-session.ts';
import { rolesIn, seedTeam, withLinksOf } from './support/teams.ts';

const stack = await startTestStack(t);
const env = readRunning(stack.directory);
const PLACE = { env, localDirectory: stack.directory };
const stores = openSessionStores(PLACE);
const { users } = stores;

function restore(...args: string[]): Promise<string> {
  return restoredCommand(args, PLACE, { info: () => {} });
}

const GUESTS = { ann: 'manager', ben: 'editor', cat: 'viewer' } as const;
const BEN = { userId: parseId('ben'), start: 9 };
const INVITATION = {
  ...({ hash: 'h', role: 'viewer', usesLeft: 1 } as const),
  ...{ expiresAtEpoch: nowEpoch() + 600, maker: BEN },
};
const SHARE = {
  ...{ number: 3, name: 'a.png', expiresAtEpoch: nowEpoch() + 600 },
  maker: BEN,
};

t.test(
  'in a restored table, invitations, shares, links and guests of teams are over, and managers stay',
  async (t) => {
    const teamId = await seedTeam(stores, GUESTS, {
      invitations: [INVITATION],
      lastShare: 3,
      shares: [SHARE],
      ...withLinksOf('ann'),
    });
    const crowd = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`guest-${i}`, 'viewer' as const]));
    const large = await seedTeam(stores, { ann: 'manager', ...crowd });
    const [ben, before] = [parseId('ben'), nowEpoch()];
    await change(users, ben, (user) => ({ ...user, teamNumber: { number: 11, given: 2 } }));
    const given = await stores.numbers.next(Number.MAX_SAFE_INTEGER);

    t.match(
      await restore(),
      /\n2 teams are in this table\. Every share, link and invitation there has ended\. Only their managers stay, .+\nNow replace the signing key/,
    );
    const { team } = (await stores.teams.read(teamId)) ?? {};
    t.match(team, { invitations: [], shares: [], links: [] });
    t.equal(team?.told, team?.changes);
    t.equal(team?.linkNumber, undefined, 'the next link gets a new number');
    t.equal(stack.keyValueStore.get('.13'), `${teamStart(13, 511)},|0,`);
    t.equal(stack.keyValueStore.get(`${teamId}.shares`), `0,|${team?.lastShare},`, 'the shares are told too');
    t.ok((team?.lastShare ?? 0) >= before - 60, 'share numbers that were given since the backup are below');
    t.ok((team?.lastShare ?? 0) <= nowEpoch(), 'and not those of the next days');
    t.equal(team?.sharesSignedOut.through, team?.lastShare);
    const refusedUntil = team?.sharesSignedOut.untilEpoch ?? 0;
    t.ok(
      refusedUntil >= before + MAX_SIGNED_URL_SECONDS,
      'as long as a share may live that this table does not know',
    );
    t.notOk(team?.members.some(({ dueSinceEpoch }) => dueSinceEpoch !== undefined));
    t.strictSame(await rolesIn(stores, teamId, Object.keys(GUESTS)), { ...GUESTS, ben: 'none', cat: 'none' });
    const people = Object.keys(crowd);
    t.strictSame(
      Object.values(await rolesIn(stores, large, people)).filter((role) => role !== 'none'),
      [],
      'more members than one write of the item settles',
    );
    const { user } = await users.read(ben);
    t.equal(user.teamNumber, undefined, 'the next opening gives a new number');
    t.match(
      user.teamKeys,
      [{ number: 11, floor: { through: teamStart(11, 511) } }],
      'and the old one stays out',
    );
    t.equal(stack.keyValueStore.get('.11'), `${teamStart(11, 511)},|0,`);
    const next = await stores.numbers.next(Number.MAX_SAFE_INTEGER);
    t.equal(next, (given ?? 0) + 30_001, 'nobody gets a number that was given since the backup');
  },
);

t.test('with --keep-members, everybody stays in the teams', async (t) => {
  const teamId = await seedTeam(stores, GUESTS, { invitations: [INVITATION], lastShare: 3, shares: [SHARE] });
  t.match(
    await restore('--keep-members'),
    '\n3 teams are in this table. Every share, link and invitation there',
  );
  t.strictSame(await rolesIn(stores, teamId, Object.keys(GUESTS)), { ...GUESTS });
  t.match((await stores.teams.read(teamId))?.team, { invitations: [], shares: [] });
});
