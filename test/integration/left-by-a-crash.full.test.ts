import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { nowEpoch } from '../../core/epoch-seconds.ts';
import { parseUserId } from '../../core/user-id.ts';
import { changeRecord } from '../../services/auth/sessions/change-record.ts';
import { withAllEnded } from '../../services/auth/sessions/live.ts';
import { SYSTEM_CLOCK } from '../../services/auth/wiring/surroundings.ts';
import { storesOf } from '../services/auth/support/service.ts';
import { openLink, parseJson, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

// Half a minute, because the schedule of a process runs every 15 seconds.

const SCHEDULE_MS = 15_000;

t.test(
  'a sign-out everywhere that a dead process has left half done ends links in teams within one run',
  async (t) => {
    const stack = await startTestStack(t);
    const { appOrigin } = stack;
    const user = await signIn(stack, 'alice');
    const { id } = await parseJson<{ id: string }>(await user.post('/api/teams', { name: 'Photos' }));
    const made = await user.post(`/api/teams/${id}/links`, { role: 'viewer' });
    const { url } = await parseJson<{ url: string }>(made);
    const secret = url.split('#link=')[1] ?? '';
    const guest = await openLink(stack, secret);
    const db = new DynamoDBClient({
      endpoint: `http://localhost:${stack.settings.ports.dynamodb}`,
      region: 'us-east-1',
      credentials: stack.state.secrets.service,
    });
    t.teardown(() => db.destroy());
    const { TableNames = [] } = await db.send(new ListTablesCommand({}));
    const { users } = storesOf({
      db,
      tableName: TableNames.find((name) => name.includes('Sessions')) ?? '',
    });
    // The first step, after which the process that was asked has died.
    const deps = { users, clock: SYSTEM_CLOCK };
    await changeRecord(deps, parseUserId(user.id), (record) => withAllEnded(record, nowEpoch(deps)));
    const diedMs = performance.now();
    t.equal((await user.request(`${appOrigin}/auth/session`)).status, 401, 'the session ends at once');
    const isOver = async () => (await guest.request(`${appOrigin}/api/files`)).status === 410;
    t.notOk(await isOver(), 'the link waits for the schedule');
    while (!(await isOver()) && performance.now() - diedMs < 4 * SCHEDULE_MS) await pause(100);
    const tookMs = Math.round(performance.now() - diedMs);
    t.comment(`the link ended after ${tookMs} ms`);
    t.ok(tookMs < SCHEDULE_MS + 5_000, `${tookMs} ms`);
  },
);
