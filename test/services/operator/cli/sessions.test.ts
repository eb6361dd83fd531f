import t from 'tap';
import { teamStart } from '../../../../core/team-start.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { revokeCommand, sessionsCommand } from '../../../../services/operator/cli/sessions.ts';
import { openSessionStores } from '../../../../services/operator/cli/stores.ts';
import { png, signIn } from '../../../support/client.ts';
import { startTestStack } from '../../../support/test-stack.ts';
import { change, nowEpoch } from '../../auth/support/seed-session.ts';
import { seedTeam, withLinksOf } from './support/teams.ts';

const stack = await startTestStack(t);
// The file that the running stack left leads there.
const env = readRunning(stack.directory);
const PLACE = { env, localDirectory: stack.directory };
const stores = openSessionStores(PLACE);

t.test('every session and share of a user ends, at the edge too, and nobody else’s', async (t) => {
  const [first, second, other] = [
    await signIn(stack, 'alice'),
    await signIn(stack, 'alice'),
    await signIn(stack, 'bob'),
  ];
  const { url } = await first.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const theirs = await other.upload({ name: 'b.png', type: 'image/png', bytes: png() });
  const audited: object[] = [];
  const log = { info: (details: object) => audited.push(details) };
  const said = await revokeCommand([first.id], PLACE, log);
  t.strictSame(audited, [{ audit: true, event: 'revoked', userId: first.id }]);
  t.equal(said, `${first.id}: every session and every share is revoked, at the edge too`);
  for (const [index, user] of [first, second].entries()) {
    const refused = await user.request(url);
    t.strictSame([refused.status, await refused.json()], [403, { code: 'revoked' }], `row ${index}`);
    t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 401, `row ${index}`);
  }
  t.equal((await other.request(theirs.url)).status, 200);
  const again = await signIn(stack, 'alice');
  t.equal((await again.request(url)).status, 200, 'until they sign in again');
});

t.test(
  'the starts of a user in teams are revoked too, and it says which teams the user still has',
  async (t) => {
    const user = await signIn(stack, 'erin');
    const maker = { userId: parseUserId(user.id), start: 1 };
    const teamId = await seedTeam(
      stores,
      { ann: 'manager', [user.id]: 'editor' },
      {
        ...{ lastShare: 1, shares: [{ number: 1, name: 'a.png', expiresAtEpoch: nowEpoch() + 600, maker }] },
        ...withLinksOf(user.id, 'ann'),
      },
    );
    const number = 9;
    await change(stores.users, parseUserId(user.id), (known) => ({
      ...known,
      teamNumber: { number, given: 3 },
    }));
    const said = await revokeCommand([user.id], PLACE, { info: () => {} });
    t.equal(
      said,
      `${user.id}: every session and every share is revoked, at the edge too\nThe user still belongs to ${teamId}. The shares, links and invitations that the user made there have ended, at the edge too. A manager of a team can remove the user.`,
    );
    t.equal(stack.keyValueStore.get(`.${number}`), `${teamStart(number, 2)},|0,`);
    t.equal(stack.keyValueStore.get(`${teamId}.shares`), '0,|0,1,', 'what the user shared there');
    t.match(stack.keyValueStore.get('.13'), `,${teamStart(13, 0)},`, 'the link that the user made there');
    t.match((await stores.teams.read(teamId))?.team.links, [{ hash: 'link-1' }]);
  },
);

t.test('one session of a user ends, and an unknown id is reported', async (t) => {
  const audited: object[] = [];
  const log = { info: (details: object) => audited.push(details) };
  const [first, second] = [await signIn(stack, 'carol'), await signIn(stack, 'carol')];
  const { url } = await first.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const listed = await sessionsCommand([first.id], PLACE);
  const ids = listed.map((line) => JSON.parse(line).id);
  t.equal(ids.length, 2);
  t.match(JSON.parse(listed[0] ?? ''), { createdAt: /Z$/, lastUsedAt: /Z$/, userAgent: 'node' });
  const said = await revokeCommand([first.id, '--session', ids[0]], PLACE, log);
  t.equal(said, `${first.id}: the session ${ids[0]} has ended, at the edge too`);
  t.strictSame(audited, [{ audit: true, event: 'session_ended', userId: first.id, session: ids[0] }]);
  t.equal((await second.request(`${stack.appOrigin}/auth/session`)).status, 401, 'the newest comes first');
  t.equal((await second.request(url)).status, 403);
  t.equal((await first.request(url)).status, 200);
  t.equal((await sessionsCommand([first.id], PLACE)).length, 1);
  for (const unknown of [ids[0], `-${'a'.repeat(21)}`, `--${'a'.repeat(20)}`]) {
    for (const [index, args] of [
      [first.id, '--session', unknown],
      ['--session', unknown, first.id],
    ].entries()) {
      await t.rejects(
        revokeCommand(args, PLACE, log),
        {
          name: 'UsageError',
          message: /has no such session/,
        },
        `row ${index}`,
      );
    }
  }
  const nobody = await revokeCommand(['nobody'], PLACE, log);
  t.match(
    nobody,
    /^nobody: every session and every share is revoked, at the edge too\nNobody has signed in here with this id/,
  );
  t.match(
    stack.keyValueStore.get('nobody'),
    /^\d+,\|0,$/,
    'cookies that were made without a sign-in are refused',
  );
  t.strictSame(await sessionsCommand(['nobody'], PLACE), []);
});
