import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { teamStart } from '../../../../core/team-start.ts';
import { ANSWER_SECONDS, PUT_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { providerTeam, type Team } from '../../../../services/auth/teams/team.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { forgetCommand } from '../../../../services/operator/cli/forget.ts';
import { teamCommand } from '../../../../services/operator/cli/teams.ts';
import { parseJson, png, type SignedInUser, signIn } from '../../../support/client.ts';
import { begin, film, putParts } from '../../../support/multipart.ts';
import { change, nowEpoch } from '../../auth/support/seed-session.ts';
import { startForgetting } from './support/forget.ts';
import { rolesIn, seedTeam, withLinksOf } from './support/teams.ts';

const NOTHING =
  '0 sessions, 0 shares, 0 versions of files and thumbnails with 0 bytes, 0 uploads in parts and 0 records';

/** Files, details, a thumbnail, an unfinished upload with a part, a share and a session. */
async function fill(user: SignedInUser, put: (key: string, body: string) => Promise<unknown>) {
  const { url } = await user.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const etag = createHash('md5').update(png()).digest('hex');
  await user.post('/api/files/details', { name: 'a.png', etag, takenAt: '2026-01-02T03:04:05' });
  await user.upload({ name: 'b/写真.png', type: 'image/png', bytes: png() });
  await put(`users/${user.id}/.thumbnails/a.png`, 'small');
  const { upload } = await begin(user, 'film.mp4');
  await putParts(user, upload, film(), [1]);
  const share = await parseJson<{ url: string }>(await user.post('/api/shares', { name: 'a.png' }));
  return { url, share: share.url, upload };
}

t.test('a user is forgotten: everything except the floor, and nothing of others', async (t) => {
  const { stack, s3, Bucket, audited, stores, forget, keys, table } = await startForgetting(t);
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const [alice, bob] = [await signIn(stack, 'alice'), await signIn(stack, 'bob')];
  const hers = await fill(alice, put);
  const his = await fill(bob, put);
  const beforeAll = await keys();
  const userId = parseUserId(alice.id);
  const bytes = 2 * png().length + 5;
  const has = `1 session, 1 share, 3 versions of files and thumbnails with ${bytes} bytes, 1 upload in parts and`;

  const would = await forget(alice.id);
  t.match(would, `${alice.id} has ${has}`);
  t.match(would, '\nNothing is deleted: --yes deletes it.');
  t.strictSame([await keys(), audited], [beforeAll, []]);
  t.equal((await alice.request(hers.url)).status, 200);
  const { user: before } = await stores.users.read(userId);

  const begunMs = Date.now();
  const said = await forget(alice.id, '--yes');
  t.match(said, `${alice.id} is forgotten: ${has}`);
  const [, until = ''] = /\nAn upload that was signed before may still begin until (\S+Z)\./.exec(said) ?? [];
  const uploadMs = (PUT_SECONDS + ANSWER_SECONDS) * 1_000;
  t.ok(Date.parse(until) >= begunMs + uploadMs && Date.parse(until) <= Date.now() + uploadMs, until);
  t.strictSame(
    await keys(),
    beforeAll.filter((key) => key?.includes(bob.id)),
  );
  const counts = { sessions: 1, shares: 1, versions: 3, bytes, uploads: 1, records: 2 };
  t.strictSame(audited, [
    { audit: true, event: 'forget_begun', userId: alice.id },
    { audit: true, event: 'forgotten', userId: alice.id, ...counts },
  ]);
  for (const [index, answer] of [
    await alice.request(`${stack.appOrigin}/auth/session`),
    await alice.post(`/api/uploads/${hers.upload.id}/complete`),
  ].entries()) {
    t.equal(answer.status, 401, `row ${index}`);
  }
  for (const [index, answer] of [await alice.request(hers.url), await fetch(hers.share)].entries())
    t.equal(answer.status, 403, `row ${index}`);
  const { user } = await stores.users.read(userId);
  t.strictSame([user.sessions, user.shares, user.lastShare], [[], [], 1]);
  t.ok(user.signedOut.through >= before.lastStart && user.lastStart >= before.lastStart);
  const left = await table();
  t.match(left, `users/${bob.id}`, 'his details stay');
  const { name, email, sessions } = before;
  const [session] = sessions;
  for (const trace of [name, email, session?.id, session?.subjectHash, `users/${alice.id}`]) {
    t.ok(trace && !left.includes(trace), String(trace));
  }
  t.equal(left.split(alice.id).length - 1, 1, 'the table holds her once: the record with the floor');

  t.match(await forget(alice.id, '--yes'), `${alice.id} is forgotten: ${NOTHING}`);
  t.equal((await bob.request(his.url)).status, 200);
  t.equal((await fetch(his.share)).status, 200);
  await putParts(bob, his.upload, film(), [2, 3]);
  t.equal((await bob.post(`/api/uploads/${his.upload.id}/complete`)).status, 200);

  const again = await signIn(stack, 'alice');
  t.equal(again.id, alice.id);
  t.strictSame(
    (await parseJson<{ files: [] }>(await again.request(`${stack.appOrigin}/api/files`))).files,
    [],
  );
  t.equal((await alice.request(hers.url)).status, 403, 'the cookies from before stay out');
});

/** The item of a team of the provider, in which each of these has shared a file and made a link. */
function shared(...people: string[]): Team {
  const shares = people.map((userId, index) => ({
    ...{ number: index + 1, name: 'a.png', expiresAtEpoch: nowEpoch() + 600 },
    maker: { userId: parseUserId(userId), start: 1 },
  }));
  const made = { shares, lastShare: people.length, ...withLinksOf(...people) };
  return { ...providerTeam('Claim', nowEpoch()), ...made };
}

t.test('memberships end first, and nobody leaves a team without a manager', async (t) => {
  const { stack, audited, stores, forget, table } = await startForgetting(t);
  const user = await signIn(stack, 'erin');
  const { id } = user;
  const left = await seedTeam(stores, { [id]: 'manager', ben: 'editor' }, withLinksOf(id, 'ben'));
  const own = await seedTeam(stores, { [id]: 'manager' }, { name: 'Own' });
  const provider = newTeamId();
  await change(stores.users, parseUserId(id), (known) => ({
    ...known,
    teamNumber: { number: 7, given: 1 },
    memberships: [...known.memberships, { teamId: provider, role: 'editor', kind: 'provider' }],
  }));
  await stores.teams.write(provider, 0, shared(id, 'ben'));
  for (const args of [[id], [id, '--yes']]) {
    await t.rejects(
      forget(...args),
      {
        name: 'UsageError',
        message: `${id} is the last manager of ${left} (Photos): ${args.length > 1 ? 'not everything is deleted; run it again' : 'nothing is deleted'}. First make another member manager: npm run gateway -- team <team id> --manager <user id>`,
      },
      args.join(' '),
    );
  }
  t.strictSame(audited, []);
  t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 200, 'nothing was changed');

  const place = { env: readRunning(stack.directory), localDirectory: stack.directory };
  await teamCommand([left, '--manager', 'ben'], place, { info: () => {} });
  t.match(
    await forget(id),
    `\n${id} would leave ${left} (Photos), ${provider}.\nNobody else belongs to ${own} (Own): all files there would be deleted too.\nNothing is deleted`,
  );
  t.strictSame(await rolesIn(stores, own, [id]), { [id]: 'manager' });
  t.match(await forget(id, '--yes'), `${id} is forgotten`);
  t.strictSame(
    audited.filter(({ event }) => event !== 'forget_begun' && event !== 'forgotten'),
    [
      { audit: true, event: 'member_removed', team: left, member: id },
      { audit: true, event: 'team_deleted', team: own, member: id },
    ],
  );
  t.strictSame(await rolesIn(stores, left, [id, 'ben']), { [id]: 'none', ben: 'manager' });
  const { team } = (await stores.teams.read(own)) ?? {};
  t.match(team, { members: [], deleting: { sinceEpoch: Number } });
  t.notOk((await stores.teams.read(left))?.team.deleting);
  t.strictSame((await stores.users.read(parseUserId(id))).user.memberships, []);
  for (const teamId of [left, own, provider]) {
    t.ok(stack.keyValueStore.get(`${teamId}.7`), 'the edge refuses the number in each of them');
  }
  const ofProvider = (await stores.teams.read(provider))?.team;
  t.match(ofProvider, { shares: [{ number: 2 }], changes: 2, told: 2 }, 'the share of the other one stays');
  for (const teamId of [left, provider]) {
    t.match((await stores.teams.read(teamId))?.team.links, [{ hash: 'link-1' }], 'and so does the link');
  }
  t.match(
    stack.keyValueStore.get('.13'),
    `,${teamStart(13, 0)},`,
    'the edge refuses what the link has opened',
  );
  t.equal((await table()).split(id).length - 1, 1, 'no team names the user');
});

t.test('cut off anywhere, it can continue', async (t) => {
  const { stack, s3, Bucket, audited, forget, keys, table } = await startForgetting(t);
  const user = await signIn(stack, 'carol');
  await fill(user, (Key, Body) => s3.send(new PutObjectCommand({ Bucket, Key, Body })));
  const log = { info: (details: object) => audited.push(details) };
  const noTable = { ...readRunning(stack.directory), DYNAMODB_PORT: '1' };
  await t.rejects(forgetCommand([user.id, '--yes'], { env: noTable, localDirectory: stack.directory }, log), {
    name: 'UsageError',
    message: 'the table of sessions does not answer: not everything is deleted; run it again',
  });
  t.strictSame(audited, []);
  t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 200);

  const file = join(stack.directory, 's3.json');
  const place = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(place), endpoint: 'http://localhost:1' }));
  await t.rejects(forget(user.id, '--yes'), {
    name: 'UsageError',
    message: /^the bucket of the files: .+: not everything is deleted; run it again$/,
  });
  writeFileSync(file, place);
  t.equal(
    (await user.request(`${stack.appOrigin}/auth/session`)).status,
    401,
    'finished steps stay finished',
  );
  t.equal((await keys()).length, 3);
  t.equal((await table()).split(user.id).length - 1, 1, 'the table is swept although the bucket is not');

  t.match(await forget(user.id), `${user.id} has 0 sessions, 0 shares, 3 versions`);
  t.match(await forget(user.id, '--yes'), 'is forgotten: 0 sessions, 0 shares, 3 versions');
  t.strictSame(await keys(), []);
  t.strictSame(
    audited.map(({ event }) => event),
    ['forget_begun', 'forget_begun', 'forgotten'],
  );
});
