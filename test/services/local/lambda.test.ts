import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import t from 'tap';
import { createInvoke } from '../../../services/auth/adapters/invoke.ts';
import { createMoverFunction } from '../../../services/local/lambda/mover-thread.ts';
import { createLambdaApi } from '../../../services/local/lambda/server.ts';

const credentials = { accessKeyId: 'LOCALSERVICE', secretAccessKey: 'a secret' };
const region = 'us-east-1';
const seen: unknown[] = [];
const failures = { left: 0 };
const waiting = { done: () => {} };

const api = createLambdaApi({
  functions: {
    async mover(event) {
      seen.push(event);
      if (failures.left-- > 0) throw new Error('crashed');
      waiting.done();
      return { answer: event };
    },
    nothing: async () => undefined,
    throws: () => Promise.reject('a text'),
    fails: () => Promise.reject(new Error('it cannot')),
  },
  region,
  credentials: [credentials],
});
const { port } = await api.listen(0);
t.teardown(() => api.close());
const endpoint = `http://localhost:${port}`;
const options = { region, endpoint, credentials, maxAttempts: 1 };

t.beforeEach(() => {
  seen.length = 0;
  failures.left = 0;
});

t.test('a function answers what it returns', async (t) => {
  const invoke = createInvoke(options, 'mover');
  t.strictSame(await invoke({ name: '写真' }, 'answer'), { answer: { name: '写真' } });
});

t.test('an event is answered at once, and runs again after a crash', async (t) => {
  failures.left = 2;
  const done = new Promise<void>((resolve) => {
    waiting.done = resolve;
  });
  t.equal(await createInvoke(options, 'mover')({ number: 1 }, 'event'), undefined);
  await done;
  t.strictSame(seen, Array(3).fill({ number: 1 }));
});

t.test('a crash is not an answer', async (t) => {
  failures.left = 1;
  await t.rejects(createInvoke(options, 'mover')({}, 'answer'), { code: 'files_unavailable' });
});

t.test('every other request is refused', async (t) => {
  const code = async (client: object, FunctionName = 'mover') => {
    const lambda = new LambdaClient({ ...options, ...client });
    const answer = lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    return answer.then(
      () => 'answered',
      (error: Error) => error.name,
    );
  };
  t.equal(
    await code({ credentials: { ...credentials, secretAccessKey: 'other' } }),
    'InvalidSignatureException',
  );
  t.equal(
    await code({ credentials: { ...credentials, accessKeyId: 'OTHER' } }),
    'UnrecognizedClientException',
  );
  t.equal(await code({}, 'other'), 'ResourceNotFoundException');
  const path = `${endpoint}/2015-03-31/functions/mover/invocations`;
  const unsigned = await fetch(path, { method: 'POST', body: '{}' });
  t.equal(unsigned.headers.get('x-amzn-errortype'), 'MissingAuthenticationTokenException');
  const ofPage = await fetch(path, {
    method: 'POST',
    body: '{}',
    headers: { origin: 'http://localhost:3000' },
  });
  t.equal(ofPage.status, 403);
  t.strictSame(seen, []);
});

/** The mover in its thread, with stores where nobody listens. */
function mover(env: Record<string, string>) {
  const crashes: unknown[] = [];
  const logged: Promise<string>[] = [];
  const { close, invoke } = createMoverFunction(env, {
    onOutput: (stream) => logged.push(text(stream)),
    onCrash: (error) => crashes.push(error),
  });
  return { close, invoke, crashes, logged };
}
const nowhere = 'http://127.0.0.1:1';
const ENV = {
  ...{ TABLE_NAME: 't', DETAILS_TABLE_NAME: 'd', BUCKET_NAME: 'b', KEY_VALUE_STORE_ARN: 'arn' },
  ...{ AWS_REGION: region, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's', AWS_ENDPOINT_URL: nowhere },
};

t.test('the thread of the mover answers, and goes on after an error', async (t) => {
  const { close, crashes, invoke, logged } = mover(ENV);
  const from = { owner: { kind: 'user', id: 'alice' }, name: 'a.txt' };
  const copy = { operation: 'copy', token: `alice.${'x'.repeat(43)}`, from, to: { ...from, name: 'b.txt' } };
  for (const turn of [1, 2]) {
    t.match(await invoke({ operation: 'none' }), { code: 'bad_request' }, `turn ${turn}`);
    await t.rejects(invoke({ ...copy, id: 'copy-1' }), {
      message: 'The session store does not answer. Try again in a moment.',
    });
  }
  await close();
  await t.rejects(invoke({}), { message: 'the mover has ended' });
  t.strictSame(crashes, []);
  t.equal(logged.length, 2, 'one thread: what it says, and its errors');
  const starting = mover(ENV);
  const lost = t.rejects(starting.invoke({}), { message: 'the mover ended' });
  await Promise.all([starting.close(), lost]);
});

t.test('a thread that ends by an error is told, and begins anew', async (t) => {
  const { close, crashes, invoke } = mover({});
  t.teardown(close);
  for (const turn of [1, 2]) {
    await t.rejects(invoke({}), { message: 'the mover ended' });
    t.equal(crashes.length, turn);
    t.match(crashes.at(-1), { message: 'the mover needs TABLE_NAME' });
  }
});
