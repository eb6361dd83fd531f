import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { newTeamId } from '../../../core/owner.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { createKeyValueStore } from '../../../edge/local/functions/key-value-store.ts';
import { buildService } from '../../../infra/build.ts';
import { withoutSessions } from '../../../services/auth/sessions/live.ts';
import { newTeam, withDeletion, withSettled } from '../../../services/auth/teams/team.ts';
import { EDGE_NOT_TOLD, EDGE_STATE, TEAM_NOT_DELETED } from '../../../services/auth/wiring/logger.ts';
import { createKeyValueStoreApi } from '../../../services/local/key-value-store/server.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { change, nowEpoch, seedSession } from './support/seed-session.ts';
import { DETAILS_TABLE_NAME, STORE_CREDENTIALS, startStore, storesOf } from './support/service.ts';

const ARN = 'arn:aws:cloudfront::000000000000:key-value-store/revocations';
const directory = temporaryDirectory(t);
buildService(directory);

t.test("it tells the edge the changes that it missed, and reports the edge's state", async (t) => {
  const { tableName } = await startStore(t);
  const db = new DynamoDBClient({});
  const { users, teams } = storesOf({ db, tableName });
  const store = createKeyValueStore();
  const api = createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
  const { port } = await api.listen(0);
  const id = parseUserId('missed');
  const { start } = await seedSession(users, id);
  await change(users, id, (user) => withoutSessions(user, () => true, nowEpoch()));
  const script = `const { handler } = await import(${JSON.stringify(join(directory, 'reconcile.mjs'))});
    await handler({}, { getRemainingTimeInMillis: () => 50_000 }).then(JSON.stringify, ({ name }) => name).then((result) => console.error(result));`;
  const run = async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script],
      {
        env: {
          ...process.env,
          TABLE_NAME: tableName,
          DETAILS_TABLE_NAME,
          KEY_VALUE_STORE_ARN: ARN,
          KEY_VALUE_STORE_ENDPOINT: `http://localhost:${port}`,
        },
      },
    );
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { lines: lines.map((line): Record<string, unknown> => JSON.parse(line)), result: stderr.trim() };
  };

  await api.close();
  const down = await run();
  t.strictSame(
    [down.lines.map(({ msg, level }) => [msg, level]), down.result],
    [
      [
        [EDGE_NOT_TOLD, 50],
        [EDGE_STATE, 30],
      ],
      'Error',
    ],
  );

  const again = createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
  await again.listen(port);
  t.teardown(() => again.close());
  const { lines, result } = await run();
  t.match(JSON.parse(result), { providerLogouts: 0, entries: 1, untoldSeconds: 0 });
  t.strictSame(
    lines.map(({ msg, untoldSeconds, storeBytes }) => ({
      msg,
      untoldSeconds,
      isFilled: Number(storeBytes) > 0,
    })),
    [{ msg: EDGE_STATE, untoldSeconds: 0, isFilled: true }],
  );
  t.equal(store.get(id), `0,${start},|0,`);

  const [bad, good] = [parseUserId('bad'), parseUserId('good')];
  for (const each of [bad, good]) {
    await seedSession(users, each);
    await change(users, each, (user) => withoutSessions(user, () => true, nowEpoch()));
  }
  await db.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { pk: { S: `user#${bad}` } },
      UpdateExpression: 'SET json = :text',
      ExpressionAttributeValues: { ':text': { S: '{"a secret' } },
    }),
  );
  // No S3 is there to delete the files of this team.
  const made = newTeam('Photos', { userId: good }, nowEpoch());
  const deleted = withDeletion(withSettled(made, [good]), good, nowEpoch());
  const teamId = newTeamId();
  if (deleted) await teams.write(teamId, 0, withSettled(deleted, [good]));
  const partly = await run();
  t.equal(partly.result, 'Error', 'the alarm of the function sees it');
  t.ok(store.get(good), 'all else is done');
  const [failure, undeleted, state] = partly.lines;
  t.match(failure, {
    level: 50,
    msg: EDGE_NOT_TOLD,
    step: 'read',
    userId: 'bad',
    err: { type: 'SyntaxError' },
  });
  t.notMatch(JSON.stringify(failure), 'secret');
  t.match(undeleted, { level: 50, msg: TEAM_NOT_DELETED, teamId, err: { type: 'Error' } });
  t.match(state, {
    msg: EDGE_STATE,
    entries: 1,
    failures: 2,
  });
});
