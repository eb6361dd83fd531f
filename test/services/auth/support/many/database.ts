/** A DynamoDB in a process of its own. Any message asks which calls came since the last one. */
import process from 'node:process';
import { createTable } from '../service.ts';
import { startThrottledDynamoDb } from '../throttled-dynamodb.ts';

const db = await startThrottledDynamoDb();
await createTable(db.endpoint);
process.on('message', () => {
  const counts: Record<string, number> = {};
  for (const { operation, outcome } of db.calls.splice(0)) {
    const name = outcome === 'done' ? operation : `${operation} ${outcome}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  process.send?.({ counts });
});
process.once('disconnect', () => process.exit());
process.send?.({ endpoint: db.endpoint });
