/** The local DynamoDB in a process of its own, so that it can be killed. Started by `spawn`, with a channel. */
import process from 'node:process';
import { createLocalDynamoDb } from '../../../../services/local/dynamodb.ts';

// Whatever ended the one that asks, nobody is left.
process.once('disconnect', () => process.exit());
process.once('message', async (options: Parameters<typeof createLocalDynamoDb>[0]) => {
  process.send?.(await createLocalDynamoDb(options).listen(0));
});
