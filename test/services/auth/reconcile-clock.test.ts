import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t from 'tap';
import { buildService } from '../../../infra/build.ts';
import { CLOCK_WRONG } from '../../../services/auth/logger.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { DETAILS_TABLE_NAME, KEY_VALUE_STORE_ARN, startStore, TABLE_NAME } from './support/service.ts';

t.test('a clock that is wrong is in the log of the schedule, with the time of the line', async (t) => {
  await startStore(t, () => Date.now() + 3_600_000);
  const directory = temporaryDirectory(t);
  buildService(directory);
  const script = `const { handler } = await import(${JSON.stringify(join(directory, 'reconcile.mjs'))});
    await handler({}, { getRemainingTimeInMillis: () => 50_000 }).catch(() => {});`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TABLE_NAME, DETAILS_TABLE_NAME, KEY_VALUE_STORE_ARN },
  });
  const [first = '{}'] = stdout.split('\n').filter((line) => line.includes(CLOCK_WRONG));
  const { level, seconds, time } = JSON.parse(first);
  t.equal(level, 50);
  t.ok(Math.abs(seconds + 3_600) < 60, `${seconds} s`);
  t.ok(Math.abs(time - Date.now()) < 60_000, `${time}`);
});
