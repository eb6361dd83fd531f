import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { createOnceStore } from '../../../../services/auth/adapters/stores.ts';
import { startStore } from '../support/service.ts';

t.test('after a lost answer the client asks again, and the use still counts as the first', async (t) => {
  const { tableName } = await startStore(t);
  const db = new DynamoDBClient({ maxAttempts: 3 });
  t.teardown(() => db.destroy());
  let calls = 0;
  db.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      calls++;
      if (calls === 1) throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
      return answer;
    },
    { step: 'deserialize', priority: 'low' },
  );
  const once = createOnceStore({ db, tableName });
  t.equal(await once.useOnce('state', 4_000_000_000), true);
  t.equal(calls, 2);
  t.equal(await once.useOnce('state', 4_000_000_000), false, 'somebody else');
});
