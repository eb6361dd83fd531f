import { createContext, Script } from 'node:vm';
import type { EdgeFunctionSource } from './functions.ts';

/**
 * Milliseconds for one call. CloudFront allows less than one of CPU time; this is a bound for endless loops on a
 * busy machine, not a measure.
 */
const MAX_RUN_MS = 500;

/** Calls the function with a JSON event, and gives what it returned as JSON; throws where the function does. */
export type EdgeFunction = (eventJson: string) => string;

/**
 * Loads the code of a CloudFront Function (cloudfront-js-2.0) into a context of its own, which has none of Node's
 * globals, no `eval` and no `Function`. It keeps the world of the code small; it is no sandbox against hostile code.
 * @param store the associated KeyValueStore; without one `import cf from 'cloudfront'` is refused
 */
export function createEdgeFunction(
  source: EdgeFunctionSource,
  store: ReadonlyMap<string, string> | undefined,
): EdgeFunction {
  const context = createContext(Object.create(null), {
    codeGeneration: { strings: false, wasm: false },
    // Promises settle inside the run-time limit, before the call returns.
    microtaskMode: 'afterEvaluate',
  });
  context['host'] = (operation: string, argument: string) => bridge(store, operation, argument);
  new Script(RUNTIME, { filename: 'cloudfront-js-2.0' }).runInContext(context);
  new Script(withoutImport(source, store !== undefined), { filename: source.name }).runInContext(context);
  const call = new Script(CALL, { filename: 'cloudfront-js-2.0' });
  return (eventJson) => {
    context['input'] = eventJson;
    context['outcome'] = '';
    call.runInContext(context, { timeout: MAX_RUN_MS });
    const outcome = String(context['outcome']);
    if (outcome.startsWith('returned ')) return outcome.slice('returned '.length);
    throw new Error(`${source.name}: ${outcome === '' ? 'its promise never settled' : outcome}`);
  };
}

/** The one module that is modelled; any other import is a syntax error, since this is no module. */
function withoutImport({ name, code }: EdgeFunctionSource, hasStore: boolean): string {
  const match = /^\s*import\s+([A-Za-z_$][\w$]*)\s+from\s*["']cloudfront["'];?/.exec(code);
  if (!match) return code;
  if (!hasStore) throw new Error(`${name} imports cloudfront, but no KeyValueStore is associated with it`);
  return `const ${match[1]} = cloudfront;${code.slice(match[0].length)}`;
}

/** Only strings cross between this process and the context, so that no object of Node's gets in. */
function bridge(store: ReadonlyMap<string, string> | undefined, operation: string, argument: string): string {
  try {
    if (operation === 'byteLength') return `=${Buffer.byteLength(argument)}`;
    if (operation === 'atob') return `=${atob(argument)}`;
    if (operation === 'btoa') return `=${btoa(argument)}`;
    if (operation === 'encode') return `=${Buffer.from(argument, 'utf8').toString('latin1')}`;
    if (operation === 'decode') return `=${new TextDecoder().decode(Buffer.from(argument, 'latin1'))}`;
    const value = store?.get(argument);
    return value === undefined ? '?' : `=${value}`;
  } catch (error) {
    return `!${error instanceof Error ? error.message : String(error)}`;
  }
}

const RUNTIME = `'use strict';
(() => {
  const host = globalThis.host;
  delete globalThis.host;
  const ask = (operation, argument) => {
    const answer = host(operation, String(argument));
    if (answer[0] === '!') throw new Error(answer.slice(1));
    return answer[0] === '=' ? answer.slice(1) : undefined;
  };
  const store = {
    exists: async (key) => ask('get', key) !== undefined,
    get: async (key, options) => {
      const value = ask('get', key);
      if (value === undefined) throw new Error('KeyNotFound');
      const format = options && options.format || 'string';
      if (format === 'json') return JSON.parse(value);
      if (format === 'string') return value;
      throw new Error('the format ' + format + ' is not modelled');
    },
  };
  const bytesOf = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  Object.assign(globalThis, {
    cloudfront: { kvs: () => store },
    console: { log() {}, error() {} },
    Buffer: { byteLength: (text) => Number(ask('byteLength', text)) },
    atob: (text) => ask('atob', text),
    btoa: (text) => ask('btoa', text),
    TextEncoder: class { encode(text) { return bytesOf(ask('encode', text)); } },
    TextDecoder: class {
      decode(bytes) { return ask('decode', Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')); }
    },
  });
  delete globalThis.WebAssembly;
  delete globalThis.SharedArrayBuffer;
  delete globalThis.Atomics;
})();`;

const CALL = `(async () => {
  const { event, rawQueryString } = JSON.parse(input);
  event.request.rawQueryString = () => rawQueryString;
  return handler(event);
})().then(
  (result) => { outcome = 'returned ' + JSON.stringify(result); },
).catch((error) => { outcome = 'threw ' + error; });`;
