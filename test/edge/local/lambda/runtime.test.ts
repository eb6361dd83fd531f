import process from 'node:process';
import t, { type Test } from 'tap';
import { createLambdaRuntime } from '../../../../edge/local/lambda/lambda-runtime.ts';

function start(t: Test, text: string, changes: { takesCallbacks?: boolean; timeoutSeconds?: number } = {}) {
  const printed: string[] = [];
  const runtime = createLambdaRuntime(
    {
      ...{ name: 'On', code: { text }, exportName: 'handler', includesBody: false, memoryMb: 192 },
      ...{ takesCallbacks: false, timeoutSeconds: 30, ...changes },
    },
    (name, line) => printed.push(`${name}: ${line}`),
  );
  t.teardown(() => runtime.close());
  return { ...runtime, printed };
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

t.test('a function gets the variables and the context of Lambda, and no others', async (t) => {
  const { invoke, printed } = start(
    t,
    `exports.handler = async (event, { getRemainingTimeInMillis, ...context }) => {
      console.log('%s is %d', 'one', 1, {});
      const left = getRemainingTimeInMillis();
      return { event, context, isInTime: left > 29_000 && left <= 30_000, env: { ...process.env } };
    };`,
  );
  t.strictSame(await invoke({ a: [1] }, 'id-1'), {
    event: { a: [1] },
    context: {
      ...{ functionName: 'us-east-1.On', functionVersion: '1', memoryLimitInMB: '192' },
      ...{ awsRequestId: 'id-1', callbackWaitsForEmptyEventLoop: true },
    },
    isInTime: true,
    env: {
      ...{ TZ: ':UTC', AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'On' },
      ...{ AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '192' },
    },
  });
  t.strictSame(printed, ['On: one is 1 {}']);
});

t.test('however a call ends, no timer goes on, and what it left to settle settles nothing', async (t) => {
  const before = timers();
  for (const [handler, wanted] of [
    ['async () => 1', 1],
    ['async () => {}', null],
    ['async () => { throw new TypeError("no") }', 'threw TypeError: no (line 1)'],
    ['async () => { throw "no" }', 'threw no'],
    ['async () => 1n', /^threw TypeError: Do not know how to serialize a BigInt/],
    ['() => { throw new TypeError("no") }', 'threw TypeError: no (line 1)'],
    ['(event, context, callback) => { callback(null, 1); callback(new Error("late")) }', 1],
    ['(event, context, callback) => { callback("no"); return Promise.resolve(2) }', 'threw no'],
    ['(event, context) => context.done(undefined, 3)', 3],
    ['(event, context) => context.succeed(4)', 4],
    ['(event, context) => context.fail(new Error("no"))', 'threw Error: no (line 1)'],
    // Nothing is left to do, so Lambda answers null.
    ['() => 1', null],
    ['() => process.exit()', null],
  ] as [string, unknown][]) {
    const { invoke } = start(t, `exports.handler = ${handler};`, { takesCallbacks: true });
    const given = await invoke({}, 'id').catch((error: Error) => error.message);
    if (wanted instanceof RegExp) t.match(given, wanted, handler);
    else t.strictSame(given, wanted, handler);
    t.equal(timers(), before, handler);
  }
});

t.test(
  'at most eight environments run, each with one call at a time, and the ninth call waits',
  async (t) => {
    const { invoke } = start(
      t,
      `const { threadId } = require('node:worker_threads');
    let running = 0;
    exports.handler = async ({ waitMs }) => {
      if (++running > 1) throw new Error('two at once');
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      running -= 1;
      return threadId;
    };`,
    );
    const calls = Array.from({ length: 12 }, () => invoke({ waitMs: 50 }, 'id'));
    t.equal(new Set(await Promise.all(calls)).size, 8);
    t.ok(
      (await Promise.all(calls)).includes(await invoke({ waitMs: 0 }, 'id')),
      'a later call takes an idle one',
    );
  },
);

t.test('code that is wrong stops the start, with its line', async (t) => {
  t.throws(() => start(t, 'const a = 1;\nconst a = 2;'), {
    message: "On (line 2): Identifier 'a' has already been declared",
  });
});
