import { createHash, createHmac } from 'node:crypto';
import { constants, createContext, Script } from 'node:vm';
import type { EdgeFunctionSource } from '../template/functions.ts';
import { FUNCTION_WORLD } from './function-world.ts';
import type { KeyValueReader } from './key-value-store.ts';

const MODULES = ['buffer', 'cloudfront', 'crypto', 'querystring'];

/**
 * Code needs one of these words to work with a promise. `cloudfront` is one of them, since that module gives promises.
 * After a call of code without these words, no promise waits, and the second evaluation is not needed.
 */
const PROMISES = /\b(?:async|await|Promise|then|cloudfront)\b|\.\s*(?:catch|finally)\b/;

/** The most milliseconds of the first run of the top level, also on a busy machine. */
const MAX_LOAD_MS = 5_000;

/** A dynamic import, whatever stands between its parts. Its error is an object of Node. */
const GAP = String.raw`(?:\s|/\*[\s\S]*?\*/|(?://|<!--|-->).*[\n\r\u2028\u2029])*`;
const DYNAMIC_IMPORT = new RegExp(String.raw`\bimport${GAP}(?:\(|\.${GAP}(?:source|defer)\b)`);

/** The functions of the context. Except `result`, they take and give strings and numbers only. */
export interface FunctionWorld {
  begin(
    startedAtMs: number,
    distributionId: string,
    eventType: 'viewer-request' | 'viewer-response',
    requestId: string,
    ip: string,
    method: string,
    uri: string,
    rawQuery: string | undefined,
  ): void;
  response(statusCode: number, statusDescription: string | undefined): void;
  put(
    message: 'request' | 'response',
    kind: 'querystring' | 'headers' | 'cookies',
    name: string,
    value: string,
    attributes?: string,
  ): void;
}

interface LoadedFunction extends FunctionWorld {
  check(load: unknown): void;
  run(load: unknown): void;
  state(): string;
  result(): unknown;
  originId(): string | undefined;
  /** What was thrown, and its stack. */
  reason(): string;
  stack(): string;
}

export interface EdgeFunction {
  name: string;
  /**
   * Calls the handler with the event that `tell` describes, and gives the handler's result. The result is an object of
   * the context, so its getters run code of the function. This has no time limit: a call queue sets one.
   * @throws Error if the handler threw, or its promise never settled
   */
  call(tell: (world: FunctionWorld) => void): { value: unknown; originId: string | undefined };
  /** Makes a new world, after a call that was ended in the middle. */
  reset(): void;
}

/**
 * Loads the code of a CloudFront Function (cloudfront-js-2.0) into a context of its own. The context has none of Node's
 * globals, no `eval` and no `Function`. The top level runs again for each call, so no variable outlives a call. Changes
 * of `globalThis` and of built-in prototypes stay. The context is not a sandbox against hostile code.
 * @param store the associated KeyValueStore; without a store `cf.kvs()` throws
 * @param print gets each call of `console.log`, as one line
 * @throws Error that names the function, if its code cannot be loaded
 */
export function createEdgeFunction(
  source: EdgeFunctionSource,
  store: KeyValueReader | undefined,
  print: (line: string) => void = () => {},
): EdgeFunction {
  const worldScript = new Script(FUNCTION_WORLD, { filename: 'cloudfront-js-2.0' });
  const codeScript = compiled(source);
  const drainScript = new Script('0');
  const checkScript = new Script('check()', { filename: 'cloudfront-js-2.0' });
  const leavesWork = PROMISES.test(source.code);

  function load() {
    const context = createContext(constants.DONT_CONTEXTIFY, {
      codeGeneration: { strings: false, wasm: false },
      // Promises of the context settle when this process says so: before the call returns.
      microtaskMode: 'afterEvaluate',
    });
    context['host'] = createHost(store, print);
    const world: LoadedFunction = worldScript.runInContext(context);
    return { context, world, handlerOf: codeScript.runInContext(context) };
  }

  let loaded = load();
  // The first run of the top level is not in a queue, so it has a limit of its own.
  loaded.context['check'] = loaded.world.check.bind(undefined, loaded.handlerOf);
  try {
    checkScript.runInContext(loaded.context, { timeout: MAX_LOAD_MS });
  } catch (cause) {
    const line = lineIn(isError(cause) ? cause.stack : undefined, source.name);
    throw new Error(`${source.name}${line} cannot be loaded: ${String(cause)}`, { cause });
  }
  delete loaded.context['check'];
  return {
    name: source.name,
    call(tell) {
      const { context, world, handlerOf } = loaded;
      tell(world);
      world.run(handlerOf);
      if (leavesWork) drainScript.runInContext(context);
      const state = world.state();
      if (state === 'returned') return { value: world.result(), originId: world.originId() };
      if (state !== 'threw') throw new Error('its promise never settled');
      throw new Error(`threw ${world.reason()}${lineIn(world.stack(), source.name)}`);
    },
    reset() {
      loaded = load();
    },
  };
}

/** ` (line 3)`, if a stack names a line of the code. */
function lineIn(stack: unknown, name: string): string {
  const place = new RegExp(String.raw`(?:^|\(|at )${name.replace(/\W/g, String.raw`\$&`)}:(\d+)`, 'm');
  const line = place.exec(String(stack))?.[1];
  return line === undefined ? '' : ` (line ${line})`;
}

/** An error of the context is no `Error` of this process. */
function isError(value: unknown): value is { stack: unknown; message: unknown } {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}

/**
 * The code as a function that takes `require` and gives the handler. Imports are recognised at the beginning only.
 * @throws Error that names the function, and the line of an error in the syntax
 */
function compiled({ name, code }: EdgeFunctionSource): Script {
  // The code alone must be a whole program. Then it cannot close the function that is put around it.
  let rest = code;
  const imports: string[] = [];
  for (;;) {
    const match =
      /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*import\s+([A-Za-z_$][\w$]*)\s+from\s*(["'])([^"']*)\2\s*;?/.exec(
        rest,
      );
    if (!match) break;
    const [whole, variable, , module = ''] = match;
    if (!MODULES.includes(module))
      throw new Error(`${name} imports ${module}, which the runtime does not have`);
    imports.push(`const ${variable} = require('${module}');`);
    rest = rest.slice(whole.length);
  }
  if (DYNAMIC_IMPORT.test(rest)) throw new Error(`${name} has import(), which the runtime does not have`);
  const lineOffset = code.slice(0, code.length - rest.length).split('\n').length - 1;
  const program = `((require) => { 'use strict'; ${imports.join(' ')}\n${rest}\nreturn handler; })`;
  try {
    new Script(rest, { filename: name, lineOffset });
    return new Script(program, { filename: name, lineOffset: lineOffset - 1 });
  } catch (cause) {
    if (!isError(cause)) throw cause;
    throw new Error(`${name}${lineIn(cause.stack, name)}: ${cause.message}`, { cause });
  }
}

/**
 * The things that the context cannot do by itself. Bytes cross as strings, with one character for each byte. Nothing
 * throws.
 */
function createHost(store: KeyValueReader | undefined, print: (line: string) => void) {
  return {
    hasStore: store !== undefined,
    print: (line: string) => print(String(line)),
    atob: (text: string) => orUndefined(() => atob(text)),
    btoa: (text: string) => orUndefined(() => btoa(text)),
    encode: (latin1: string, encoding: BufferEncoding) => Buffer.from(latin1, 'latin1').toString(encoding),
    decode: (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding).toString('latin1'),
    byteLength: (text: string, encoding: BufferEncoding) => Buffer.byteLength(text, encoding),
    digest(algorithm: string, key: string | undefined, latin1: string): string {
      const hash =
        key === undefined ? createHash(algorithm) : createHmac(algorithm, Buffer.from(key, 'latin1'));
      return hash.update(latin1, 'latin1').digest().toString('latin1');
    },
    read(key: string): string | undefined | false {
      try {
        return store?.get(key);
      } catch {
        return false;
      }
    },
    count: () => store?.size,
  };
}

function orUndefined(give: () => string): string | undefined {
  try {
    return give();
  } catch {
    return undefined;
  }
}
