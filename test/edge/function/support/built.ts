import { createContext, Script } from 'node:vm';
import { buildEdgeFunction, type EdgeFunctionName } from '../../../../edge/function/build.ts';
import type { EdgeResponse } from '../../../../edge/function/event.ts';
import { NOW, type PlainRequest, VALUES } from './events.ts';

/** One call of a built function, all of it JSON. */
export interface Call {
  request: PlainRequest;
  response?: EdgeResponse;
  /** The content of the KeyValueStore; `null` if it fails. */
  entries?: Record<string, string> | null;
}

const STORE = `{
  exists: function (key) { return entries === null ? Promise.reject(new Error('down')) : Promise.resolve(Object.prototype.hasOwnProperty.call(entries, key)); },
  get: function (key) { return entries === null ? Promise.reject(new Error('down')) : Promise.resolve(entries[key]); },
}`;

/**
 * The deployed file in a script, with a KeyValueStore of its own. The script takes calls and gives results as JSON. It
 * runs under Node's vm and under njs.
 * @param store source of another KeyValueStore
 */
export function scriptOf(
  name: EdgeFunctionName,
  code = buildEdgeFunction(name, VALUES),
  store = STORE,
): string {
  const prologue = `
var entries = {};
var cf = { kvs: function () { return ${store}; } };
Date.now = function () { return ${NOW * 1_000}; };
function run(call) {
  entries = call.entries === undefined ? {} : call.entries;
  var request = call.request;
  var rawQuery = request.rawQuery;
  delete request.rawQuery;
  request.rawQueryString = function () { return rawQuery; };
  return Promise.resolve(handler({ request: request, response: call.response })).then(function (result) {
    return JSON.stringify(result);
  });
}
`;
  return prologue + code.replace("import cf from 'cloudfront';\n", '');
}

/** Runs the built function in a context with only those parts of Node that the runtime has too. */
export function createBuilt(name: EdgeFunctionName, code?: string): (call: Call) => Promise<unknown> {
  const context = createContext({ atob, btoa, Buffer: { byteLength: Buffer.byteLength } });
  new Script(scriptOf(name, code)).runInContext(context);
  const script = new Script('run(JSON.parse(input))');
  return async (call) => {
    context['input'] = JSON.stringify(call);
    const json: unknown = await script.runInContext(context);
    return JSON.parse(String(json));
  };
}
