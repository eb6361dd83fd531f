import process from 'node:process';
import { createContext, Script } from 'node:vm';
import {
  buildEdgeFunction,
  type EdgeFunctionName,
  type EdgeFunctionValues,
} from '../../../../edge/function/build.ts';
import type { EdgeResponse } from '../../../../edge/function/event.ts';
import { atNow, NOW, type PlainRequest, setValues, storeOf, VALUES, viewerRequest } from './events.ts';

const { decide } = await import('../../../../edge/function/gate.ts');
const { handler } = await import('../../../../edge/function/viewer-response.ts');

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
 * @param options.store source of another KeyValueStore
 */
export function scriptOf(
  name: EdgeFunctionName,
  {
    values = VALUES,
    store = STORE,
    now = NOW,
  }: { values?: EdgeFunctionValues; store?: string; now?: number } = {},
): string {
  const code = buildEdgeFunction(name, values);
  const prologue = `
var entries = {};
var cf = { kvs: function () { return ${store}; } };
Date.now = function () { return ${now * 1_000}; };
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
export function createBuilt(
  name: EdgeFunctionName,
  values: EdgeFunctionValues = VALUES,
  now = NOW,
): (call: Call) => Promise<unknown> {
  // What StrykerJS makes of the sources is too large to be built.
  if (process.env['STRYKER_MUTATOR_WORKER'] !== undefined) return (call) => callSource(call, values);
  const context = createContext({ atob, btoa, Buffer: { byteLength: Buffer.byteLength } });
  new Script(scriptOf(name, { values, now })).runInContext(context);
  const script = new Script('run(JSON.parse(input))');
  return async (call) => {
    context['input'] = JSON.stringify(call);
    const json: unknown = await script.runInContext(context);
    return JSON.parse(String(json));
  };
}

const failing = {
  exists: () => Promise.reject(new Error('down')),
  get: () => Promise.reject(new Error('down')),
};

/** The result of the source, in the JSON that the runtime makes of it. */
export async function callSource({ request, response, entries }: Call, values = VALUES): Promise<unknown> {
  setValues(values);
  const given = viewerRequest(request);
  const result = response
    ? atNow(() => handler({ request: given, response: structuredClone(response) }))
    : await decide(given, entries === null ? failing : storeOf(entries), NOW);
  return JSON.parse(JSON.stringify(result));
}
