import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import t from 'tap';
import { createInvoke } from '../../../services/auth/moves/invoke.ts';
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
