import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { buildEdgeFunction, MAX_FUNCTION_BYTES } from '../../../edge/function/build.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { VALUES } from './support/events.ts';

t.test('both functions are one script below the limit', async (t) => {
  for (const name of ['viewer-request', 'viewer-response'] as const) {
    const code = buildEdgeFunction(name, VALUES);
    // The page for people, in two languages, takes 2,000 bytes of the first function.
    t.ok(
      Buffer.byteLength(code) <= (name === 'viewer-request' ? 9_600 : 6_000),
      `${name}: ${Buffer.byteLength(code)} bytes`,
    );
    t.notMatch(code, /\bexport\b/, name);
    // In njs, an async function that returns a promise without `await` costs more.
    const wait = name === 'viewer-request' ? 'await ' : '';
    const [form = ''] = /(?:^|[;}\n])async function handler\(event\)\{.*$/m.exec(code) ?? [];
    t.match(form, new RegExp(`return ${wait}\\w+\\(event\\)\\}$`), 'the form of AWS’s samples');
    t.equal(code.split('\n')[0] === "import cf from 'cloudfront';", name === 'viewer-request', name);
  }
});

t.test('the build refuses code that the runtime would refuse', async (t) => {
  const directory = temporaryDirectory(t);
  const built = (body: string) => {
    const entry = join(directory, 'entry.ts');
    writeFileSync(entry, `export async function handler(event: any) { ${body} }`);
    return buildEdgeFunction('viewer-request', VALUES, entry);
  };
  t.match(built('return event.request;'), 'function handler(event)');
  for (const [body, message] of [
    ['return new Map();', 'uses Map, which the runtime lacks'],
    ['return new URL(event.uri);', 'uses URL'],
    ['return process.env;', 'uses process'],
    ['return require("fs");', 'uses require'],
    ['return globalThis;', 'uses globalThis'],
    ['setTimeout(() => 1, 1);', 'uses setTimeout'],
    ['return fetch("x");', 'uses fetch'],
    ['return structuredClone(event);', 'uses structuredClone'],
    ['return eval("1");', 'uses eval'],
    ['return new Function("1");', 'uses Function'],
    ['return /\\p{L}/u.test("a");', 'regular expression'],
    ['for (const a of [1]) event(a);', 'for-of'],
    ['const { a } = event; return a;', 'destructuring'],
    ['class A {} return new A();', 'class'],
    ['return function* () {};', 'generator'],
    [`return "${'x'.repeat(MAX_FUNCTION_BYTES)}";`, 'CloudFront takes at most 10240'],
  ] as const) {
    t.throws(() => built(body), new RegExp(message), body.slice(0, 40));
  }
  t.match(built('const Map = 1; return Map;'), 'function handler', 'a name of its own is no global');
});

t.test('a global whose name is no identifier, such as one of core-js, stops no build', async (t) => {
  const build = pathToFileURL(resolve('edge/function/build.ts')).href;
  const program = `globalThis['__core-js_shared__'] = {};
    const { buildEdgeFunction } = await import('${build}');
    console.log(buildEdgeFunction('viewer-response', ${JSON.stringify(VALUES)}));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  t.equal(stdout, `${buildEdgeFunction('viewer-response', VALUES)}\n`);
});
