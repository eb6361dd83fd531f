import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { COMMANDS } from '../../../../services/operator/cli/commands.ts';
import { teamCommand, teamsCommand } from '../../../../services/operator/cli/teams.ts';
import { nowEpoch } from '../../auth/support/seed-session.ts';
import { startForgetting } from './support/forget.ts';
import { changeTeam, rolesIn, seedTeam, withLinksOf } from './support/teams.ts';

const NO_LOG = { info: () => {} };

const { stack, stores, s3, Bucket } = await startForgetting(t);
const env = readRunning(stack.directory);
const PLACE = { env, localDirectory: stack.directory };

function team(args: string[], log: Parameters<typeof teamCommand>[2] = NO_LOG, own = env): Promise<string> {
  return teamCommand(args, { env: own, localDirectory: stack.directory }, log);
}

/** @returns what was listed before the command ended or failed */
async function list(): Promise<{ lines: Record<string, unknown>[]; fault?: string }> {
  const lines: Record<string, unknown>[] = [];
  try {
    for await (const line of teamsCommand([], PLACE)) lines.push(JSON.parse(line));
    return { lines };
  } catch (error) {
    return { lines, fault: String(error) };
  }
}

t.test(
  'all teams are listed, and one that cannot be read is named and keeps none of the others',
  async (t) => {
    t.strictSame(await list(), { lines: [] });
    const photos = await seedTeam(stores, { ann: 'manager', ben: 'viewer' });
    const sinceEpoch = nowEpoch();
    const over = await seedTeam(stores, {}, { name: 'Over', deleting: { sinceEpoch } });
    const gone = { sinceEpoch, sweptEpoch: sinceEpoch, doneEpoch: sinceEpoch };
    await seedTeam(stores, {}, { name: '', deleting: gone });
    const { lines } = await list();
    t.strictSame(
      lines.toSorted((a, b) => String(b['name']).localeCompare(String(a['name']))),
      [
        { id: photos, name: 'Photos', kind: 'made', members: 2, deleting: false },
        { id: over, name: 'Over', kind: 'made', members: 0, deleting: true },
      ],
    );
    const out = t.capture(console, 'log', () => {});
    const [teams] = COMMANDS.filter(({ usage }) => usage === 'teams');
    t.equal(await teams?.run([], PLACE), 0);
    t.strictSame(
      new Set(out.args().flat().map(String)),
      new Set(lines.map((line) => JSON.stringify(line))),
      'the command prints them',
    );
    const newer = await seedTeam(stores, {}, Object.assign({ name: 'Newer' }, { format: 99 }));
    const { lines: others, fault } = await list();
    t.equal(others.length, 2);
    t.equal(fault, `UsageError: these teams could not be read: ${newer}`);
  },
);

t.test(
  'a team is shown with its members, what its folder holds, and what the edge does not know',
  async (t) => {
    const teamId = await seedTeam(stores, { ann: 'manager', ben: 'viewer' }, { changes: 3, told: 1 });
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    await put(`teams/${teamId}/a.png`, '12345');
    await put(`teams/${teamId}/.thumbnails/a.png`, '1');
    await put(`users/${teamId}/b.png`, 'of a user with the same id');
    const lines = (await team([teamId])).split('\n').map((line) => JSON.parse(line));
    t.match(lines, [
      {
        id: teamId,
        name: 'Photos',
        kind: 'made',
        members: 2,
        deleting: false,
        bytes: 6,
        files: 1,
        untold: 2,
      },
      { userId: 'ann', role: 'manager', joinedAt: /Z$/ },
      { userId: 'ben', role: 'viewer', joinedAt: /Z$/ },
    ]);
    t.equal(lines.length, 3);
  },
);

t.test('a member becomes a manager, in the item and in the record', async (t) => {
  const teamId = await seedTeam(stores, { ann: 'manager', cat: 'viewer' });
  const audited: object[] = [];
  const log = { info: (details: object) => audited.push(details) };
  t.equal(await team([teamId, '--manager', 'cat'], log), `cat is now a manager of ${teamId} (Photos)`);
  t.strictSame(await rolesIn(stores, teamId, ['ann', 'cat']), { ann: 'manager', cat: 'manager' });
  const roleChanged = { audit: true, event: 'role_changed', team: teamId, member: 'cat', role: 'manager' };
  t.strictSame(audited, [roleChanged]);

  const { version } = (await stores.teams.read(teamId)) ?? {};
  t.equal(await team([teamId, '--manager', 'cat'], log), `cat is a manager of ${teamId} (Photos)`);
  t.equal((await stores.teams.read(teamId))?.version, version, 'nothing is written again');
  t.equal(audited.length, 1);

  t.comment('a command that was cut off after it wrote the item goes on');
  const now = nowEpoch();
  const cut = await seedTeam(stores, { dan: 'viewer' });
  const dan = {
    userId: parseUserId('dan'),
    role: 'manager' as const,
    joinedAtEpoch: now,
    dueSinceEpoch: now,
  };
  await changeTeam(stores, cut, { members: [dan] });
  t.equal(await team([cut, '--manager', 'dan']), `dan is a manager of ${cut} (Photos)`);
  t.strictSame(await rolesIn(stores, cut, ['dan']), { dan: 'manager' });
});

t.test(
  'open links are shown without their secrets, and one or all of them end, at the edge too',
  async (t) => {
    const audited: object[] = [];
    const log = { info: (details: object) => audited.push(details) };
    const { links = [], ...numbered } = withLinksOf('ann', 'ben', 'ben', 'ann');
    const [first, second, third, over] = links;
    if (!first || !second || !third || !over) throw new Error('four links are made');
    const teamId = await seedTeam(
      stores,
      { ann: 'manager' },
      {
        ...numbered,
        links: [
          { ...first, hash: '-ab' },
          { ...second, password: 'c2FsdA.aGFzaA', name: 'Tax', role: 'uploader' },
          third,
          { ...over, expiresAtEpoch: nowEpoch() - 1 },
        ],
      },
    );
    const shown = await team([teamId]);
    t.notMatch(shown, 'aGFzaA');
    const at = { createdAt: /Z$/, expiresAt: /Z$/ };
    t.match(
      shown
        .split('\n')
        .slice(2)
        .map((line) => JSON.parse(line)),
      [
        { link: '-ab', role: 'viewer', maker: 'ann', hasPassword: false, ...at },
        { link: 'link-1', role: 'uploader', name: 'Tax', maker: 'ben', hasPassword: true, ...at },
        { link: 'link-2', role: 'viewer', maker: 'ben', hasPassword: false, ...at },
      ],
    );
    t.equal(shown.split('\n').length, 5, 'no link that is over');

    const singles = () => stack.keyValueStore.get('.13') ?? '';
    t.equal(await team([teamId, '--end-link', '-ab'], log), `${teamId}: 1 link has ended, at the edge too`);
    t.match(singles(), `0,${first.start},|`);
    t.equal((await stores.teams.read(teamId))?.team.links.length, 3);
    const none = `${teamId} has no such open link: npm run gateway -- team ${teamId} lists them`;
    for (const id of ['-ab', 'link-3'])
      await t.rejects(team([teamId, '--end-link', id], log), { name: 'UsageError', message: none }, id);
    t.equal(await team([teamId, '--end-link', 'all'], log), `${teamId}: 2 links have ended, at the edge too`);
    t.match(singles(), `0,${first.start},${second.start},${third.start},|`);
    await t.rejects(team([teamId, '--end-link', 'all'], log), { message: none });
    t.strictSame(
      audited,
      ['-ab', 'link-1', 'link-2'].map((link) => ({ audit: true, event: 'link_ended', team: teamId, link })),
    );
    const unknown = newTeamId();
    await t.rejects(team([unknown, '--end-link', 'all'], log), { message: /^there is no team/ });
  },
);
