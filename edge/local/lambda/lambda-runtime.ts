import { Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { Print } from '../functions/function-refusal.ts';
import type { LambdaSource } from '../template/lambdas.ts';

export interface LambdaRuntime {
  /**
   * Calls the handler, and gives what it returned, as JSON carries it.
   * @throws Error that says what the handler threw, or that it took too long
   */
  invoke(event: unknown, requestId: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The most execution environments of one function. Further calls wait. */
const MAX_ENVIRONMENTS = 8;
/** Lambda's limit for the code outside the handler, in milliseconds. */
const INIT_MS = 10_000;

/** The message of an environment. */
type Told = { print: string } | { begun: true } | { threw: string } | { json: string };

/**
 * Runs a function as Lambda does: each environment is a thread that takes one call at a time and keeps its variables.
 * The thread has no variable of this process' environment. It is no sandbox: code may use files and the network.
 */
export function createLambdaRuntime(source: LambdaSource, print: Print | undefined): LambdaRuntime {
  const { name, code, timeoutSeconds, memoryMb } = source;
  if ('text' in code) checkSyntax(name, code.text);
  const environments = new Set<Worker>();
  const idle: Worker[] = [];
  const waiting: (() => void)[] = [];

  function start(): Worker {
    const worker = new Worker(ENVIRONMENT, {
      eval: true,
      execArgv: [],
      workerData: source,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      env: {
        ...{ TZ: ':UTC', AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: name },
        ...{ AWS_LAMBDA_FUNCTION_VERSION: '1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) },
      },
    });
    environments.add(worker);
    // An environment may also end between two calls, by what its handler has left behind. No later call may meet it.
    const drop = () => {
      environments.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    };
    worker.on('error', drop).once('exit', drop);
    return worker;
  }

  async function environment(): Promise<Worker> {
    for (;;) {
      const worker = idle.pop() ?? (environments.size < MAX_ENVIRONMENTS ? start() : undefined);
      if (worker) return worker;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  return {
    async invoke(event, requestId) {
      const worker = await environment();
      worker.ref();
      try {
        const result = await call(worker, { event, requestId }, timeoutSeconds * 1_000, (line) =>
          print?.(name, line),
        );
        worker.unref();
        if (environments.has(worker)) idle.push(worker);
        return result;
      } catch (error) {
        // Lambda takes a new environment after an error, too, unless the handler itself ended with it.
        if (error instanceof HandlerError && environments.has(worker)) idle.push(worker);
        else await worker.terminate();
        throw error;
      } finally {
        waiting.shift()?.();
      }
    },
    async close() {
      await Promise.all([...environments].map((worker) => worker.terminate()));
    },
  };
}

/** What the handler itself threw, or gave to its callback. */
class HandlerError extends Error {
  readonly code = 'handler_error';
}

function call(
  worker: Worker,
  message: object,
  timeoutMs: number,
  print: (line: string) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let timer = limit(INIT_MS);
    function limit(ms: number): NodeJS.Timeout {
      return setTimeout(() => end(() => reject(new Error(`it ran for more than ${ms / 1_000} seconds`))), ms);
    }
    function end(settle: () => void): void {
      clearTimeout(timer);
      worker.off('message', listen).off('error', failed).off('exit', exited);
      settle();
    }
    const listen = (told: Told) => {
      if ('print' in told) return print(told.print);
      if ('threw' in told) return end(() => reject(new HandlerError(told.threw)));
      if ('json' in told) return end(() => resolve(JSON.parse(told.json)));
      clearTimeout(timer);
      timer = limit(timeoutMs);
    };
    const failed = (error: Error) => end(() => reject(new Error(`threw ${error.name}: ${error.message}`)));
    // Nothing was left to do, and nothing was returned.
    const exited = () => end(() => resolve(null));
    worker.on('message', listen).on('error', failed).on('exit', exited);
    worker.postMessage(message);
  });
}

/** @throws Error that names the function and the line */
function checkSyntax(name: string, code: string): void {
  try {
    new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
      filename: 'index.js',
    });
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const line = /^index\.js:(\d+)/.exec(cause.stack ?? '')?.[1];
    throw new Error(`${name}${line === undefined ? '' : ` (line ${line})`}: ${cause.message}`, { cause });
  }
}

/**
 * The program of an environment. It is text, because it must run where TypeScript does not. Inline code is a CommonJS
 * module (CloudFormation: ZipFile). While a call runs, the port does not keep the thread alive: without an answer and
 * without anything left to do, the thread ends, and the result is null, as in Lambda.
 */
const ENVIRONMENT = String.raw`'use strict';
const { Module } = require('node:module');
const { basename } = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');
const { parentPort, workerData } = require('node:worker_threads');
const { name, code, exportName, takesCallbacks, memoryMb, timeoutSeconds } = workerData;
const file = 'file' in code ? code.file : '/var/task/index.js';

for (const level of ['debug', 'error', 'info', 'log', 'trace', 'warn'])
  console[level] = (...parts) => parentPort.postMessage({ print: format(...parts) });

async function load() {
  if ('file' in code) {
    const loaded = await import(pathToFileURL(file).href);
    return loaded[exportName] || (loaded.default && loaded.default[exportName]);
  }
  const module = new Module(file);
  module.filename = file;
  module._compile(code.text, file);
  return module.exports[exportName];
}
const loading = load();
loading.catch(() => {});

function reasonOf(error) {
  if (!(error instanceof Error)) return 'threw ' + format(error);
  const frame = String(error.stack).split('\n').find((line) => line.includes(basename(file) + ':'));
  const line = frame && /:(\d+)(?::\d+)?\)?$/.exec(frame);
  return 'threw ' + error.name + ': ' + error.message + (line ? ' (line ' + line[1] + ')' : '');
}

parentPort.on('message', async ({ event, requestId }) => {
  parentPort.unref();
  let isSettled = false;
  const settle = (answer) => {
    if (isSettled) return;
    isSettled = true;
    parentPort.ref();
    parentPort.postMessage(answer);
  };
  const fail = (error) => settle({ threw: reasonOf(error) });
  const succeed = (result) => {
    try { settle({ json: JSON.stringify(result === undefined ? null : result) }); } catch (error) { fail(error); }
  };
  const callback = (error, result) => error === undefined || error === null ? succeed(result) : fail(error);
  try {
    const handler = await loading;
    if (typeof handler !== 'function') throw new Error(exportName + ' is not a function that the module exports');
    if (!takesCallbacks && handler.length > 2) throw new Error('this runtime calls no handler that takes a callback');
    parentPort.postMessage({ begun: true });
    const end = Date.now() + timeoutSeconds * 1000;
    const context = {
      functionName: 'us-east-1.' + name, functionVersion: '1', memoryLimitInMB: String(memoryMb), awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: true, getRemainingTimeInMillis: () => end - Date.now(),
      ...(takesCallbacks ? { done: callback, fail, succeed } : {}),
    };
    const returned = handler(event, context, ...(takesCallbacks ? [callback] : []));
    if (returned && typeof returned.then === 'function') returned.then(succeed, fail);
  } catch (error) { fail(error); }
});
`;
