import process from 'node:process';
import t from 'tap';
import { strangerRequests } from '../../support/stranger-requests.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { createTable, startService, startStore } from './support/service.ts';
import { startThrottledDynamoDb } from './support/throttled-dynamodb.ts';

await startStore(t);
const db = await startThrottledDynamoDb();
t.teardown(() => db.close());
await createTable(db.endpoint);
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = db.endpoint;
const provider = await startMisbehavingProvider(t);

t.test("no stranger's request costs a call of a store, whatever the operation", async (t) => {
  const { app, origin, deps } = await startService(t, provider.issuer);
  let fileCalls = 0;
  const counting = async () => {
    fileCalls++;
    return { files: [], lastKey: undefined };
  };
  deps.objects = { ...deps.objects, list: counting };
  const document = (
    await app.inject({ url: '/api/openapi.json', headers: { host: new URL(origin).host } })
  ).json();
  const requests = strangerRequests(document, origin);
  t.ok(requests.length > 25, `${requests.length} requests`);
  for (const { name, path, method, headers, body = '' } of requests) {
    db.calls.splice(0);
    const answer = await fetch(origin + path, {
      method,
      headers,
      redirect: 'manual',
      ...(body ? { body } : {}),
    });
    t.ok(answer.status < 500 || name === 'readyz', `${name}: ${answer.status}`);
    await answer.text();
    // A look at the stores that is at most five seconds old answers everybody.
    if (name !== 'readyz') t.strictSame([db.calls.length, fileCalls], [0, 0], name);
    fileCalls = 0;
  }
});
