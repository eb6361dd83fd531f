import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { errorName } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import { instancesOf } from '../check/instances.ts';
import { type Creation, DeployError } from './creation.ts';

/** How many moves run at a time, if the account has the room. */
const MOVER_INSTANCES = 50;

/**
 * Keeps one instance for the schedule, and gives the mover instances of its own: large moves keep theirs for minutes, and
 * would else take those of sign-ins. What the account does not allow is not written, and the next run asks again. A new
 * account has ten instances, and Lambda then refuses every reservation.
 * @param raw the values as they are written down
 */
export async function reserveInstances(
  { place, say, write }: Creation,
  raw: Record<string, unknown>,
): Promise<void> {
  let { reservable } = await instancesOf(place.region);
  if (raw['reserveSchedule'] === undefined && reservable > 0) {
    say('one Lambda instance is kept for the schedule (reserveSchedule)');
    write({ reserveSchedule: true });
    reservable -= 1;
  }
  if (raw['moverConcurrency'] === undefined && reservable >= MOVER_INSTANCES) {
    say(`${MOVER_INSTANCES} Lambda instances are for moves, and no more (moverConcurrency)`);
    write({ moverConcurrency: MOVER_INSTANCES });
  }
}

/**
 * Protects the tables of a stack that is up against deletion. Before the first success, protection would stop
 * CloudFormation's rollback. Calling it again is harmless.
 * @throws DeployError if the credentials may not do it
 */
export async function protectTables(names: string[], region: string): Promise<void> {
  const client = new DynamoDB({ ...CALLS, region });
  const left: string[] = [];
  for (const TableName of names) {
    try {
      const { Table } = await client.describeTable({ TableName });
      if (Table?.DeletionProtectionEnabled !== true) {
        await client.updateTable({ TableName, DeletionProtectionEnabled: true });
      }
    } catch (cause) {
      if (errorName(cause) !== 'AccessDeniedException') throw cause;
      left.push(TableName);
    }
  }
  if (left.length === 0) return;
  throw new DeployError(
    `not protected against deletion: ${left.join(', ')}. Give these credentials dynamodb:DescribeTable and dynamodb:UpdateTable, or add "protectTable": true to the values; then run it again`,
  );
}
