/** The local DynamoDB in a process of its own, so that a test can kill it. Started by `spawn`, with a channel. */
import process from 'node:process';
import { createLocalDynamoDb } from '../../../../services/local/dynamodb.ts';

// Ends with its parent, however the parent ends.
process.once('disconnect', () => process.exit());
process.once('message', async (options: Parameters<typeof createLocalDynamoDb>[0]) => {
  process.send?.(await createLocalDynamoDb(options).listen(0));
});
