import { globSync, readFileSync } from 'node:fs';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { readTemplate } from '../../../../../edge/local/template/template.ts';
import { readRunning } from '../../../../../services/local/running.ts';
import { ACCOUNT_ID, openLocalState, REGION } from '../../../../../services/local/state.ts';
import { tablesOf } from '../../../../../services/local/tables.ts';
import { forgetCommand } from '../../../../../services/operator/cli/forget.ts';
import { openFileStore, openSessionStores } from '../../../../../services/operator/cli/stores.ts';
import { startTestStack } from '../../../../support/test-stack.ts';

/** A stack, its data, and the command that forgets a user. */
export async function startForgetting(t: Test, options: Parameters<typeof startTestStack>[1] = {}) {
  const stack = await startTestStack(t, options);
  const env = readRunning(stack.directory);
  const place = { env, localDirectory: stack.directory };
  const { s3, bucketName: Bucket } = openFileStore(place);
  const { secrets } = openLocalState(stack.directory);
  const db = new DynamoDBClient({
    region: REGION,
    endpoint: `http://localhost:${env['DYNAMODB_PORT']}`,
    credentials: secrets.service,
  });
  t.teardown(() => {
    s3.destroy();
    db.destroy();
  });
  const audited: { event?: string }[] = [];
  return {
    stack,
    s3,
    Bucket,
    audited,
    stores: openSessionStores(place),
    forget: (...args: string[]) => forgetCommand(args, place, { info: (details) => audited.push(details) }),
    keys: async () => {
      const { Versions: versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      return versions.map(({ Key }) => Key);
    },
    /** The whole content of both tables, as text. */
    table: async () => {
      const [file = ''] = globSync(`${stack.directory}/build/infra/*.template.json`);
      const names = { region: REGION, accountId: ACCOUNT_ID };
      const template = readTemplate(JSON.parse(readFileSync(file, 'utf8')), names);
      const items = Object.values(tablesOf(template)).map(
        async ({ ref: TableName }) => (await db.send(new ScanCommand({ TableName }))).Items,
      );
      return JSON.stringify((await Promise.all(items)).flat());
    },
  };
}
