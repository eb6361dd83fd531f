import t from 'tap';
import { startEdge, withCode } from '../support/edge.ts';
import { functionsOf } from './support/run.ts';

t.test('code that CloudFront would not take stops the start, by name', async (t) => {
  const request = `function handler(event) { return event.request; } //${'x'.repeat(10_240)}`;
  await t.rejects(
    startEdge({ template: withCode({ request }) }),
    /ViewerRequest\w+: Function\.FunctionCode: it has 10292 bytes; CloudFront takes 10240/,
  );
  t.throws(
    () => functionsOf({ request: 'import fs from "fs"; function handler() {}' }),
    /OnRequest imports fs/,
  );
  t.throws(() => functionsOf({ request: 'function handle() {}' }), /handler is not defined/);
  t.throws(() => functionsOf({ request: 'const handler = 5;' }), /handler is not a function/);
  t.throws(
    () => functionsOf({ request: '}) => 1); ((require) => { function handler() {}' }),
    /Unexpected token/,
  );
});

t.test('code with import() is not loaded, and text about imports is', (t) => {
  const functionOf = (text: string) => functionsOf({ request: `function handler(event) { ${text}\n }` });
  for (const text of [
    'import("node:fs");',
    'import /* a */ // b\n ("node:fs");',
    'import<!-- a\n("node:fs");',
    'import . /* a */ source("node:fs");',
  ]) {
    t.throws(() => functionOf(text), /OnRequest has import\(\), which the runtime does not have/, text);
  }
  functionOf('return "/import/a.html"; // an import\n // (of goods)');
  t.end();
});
