import process from 'node:process';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { noteScanResult } from './details/details.ts';
import { createDetailsStore } from './details/table.ts';
import { TIME_LIMITS } from './settings/time-limits.ts';
import { clientOptions, SYSTEM_CLOCK } from './wiring/surroundings.ts';

const { DETAILS_TABLE_NAME: tableName = '', BUCKET_NAME: bucketName = '' } = process.env;
const store = createDetailsStore({ db: new DynamoDBClient(clientOptions(TIME_LIMITS)), tableName });

/**
 * EventBridge calls this with each scan result of GuardDuty. It writes what lists say of the file. If it throws, Lambda
 * calls it again.
 * @throws GatewayError store_unavailable; TypeError for another event
 */
export async function handler(event: unknown): Promise<void> {
  await noteScanResult({ store, clock: SYSTEM_CLOCK }, bucketName, event);
}
