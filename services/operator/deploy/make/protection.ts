import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { errorName } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import { instancesOf } from '../check/quotas.ts';
import { DeployError, type Making } from './making.ts';

/**
 * Keeps one instance for the schedule, if the account allows it. Otherwise nothing is written, and the next run asks
 * again. A new account has ten instances, and Lambda then refuses every reservation.
 */
export async function reserveSchedule({ place, say, write }: Making): Promise<void> {
  const { reservable } = await instancesOf(place.region);
  if (reservable === 0) return;
  say('one Lambda instance is kept for the schedule (reserveSchedule)');
  write({ reserveSchedule: true });
}

/**
 * Protects the table of a stack that is up against deletion. Before the first success, protection would stop
 * CloudFormation's rollback. Calling it again is harmless.
 * @throws DeployError if the credentials may not do it
 */
export async function protectTable(TableName: string, region: string): Promise<void> {
  const client = new DynamoDB({ ...CALLS, region });
  try {
    const { Table } = await client.describeTable({ TableName });
    if (Table?.DeletionProtectionEnabled !== true) {
      await client.updateTable({ TableName, DeletionProtectionEnabled: true });
    }
  } catch (cause) {
    if (errorName(cause) !== 'AccessDeniedException') throw cause;
    throw new DeployError(
      `the table ${TableName} is not protected against deletion: give these credentials dynamodb:DescribeTable and dynamodb:UpdateTable, or add "protectTable": true to the values; then run it again`,
    );
  }
}
