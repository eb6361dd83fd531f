import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EdgeFunctionName } from '../../../../edge/function/build.ts';
import { type Call, scriptOf } from './built.ts';

const run = promisify(execFile);

/**
 * The results of the built file under njs, in the order of the calls. One run takes some thousands of calls, because
 * njs frees no memory.
 * @throws Error if njs itself fails
 */
export async function callNjs(name: EdgeFunctionName, calls: Call[], directory: string): Promise<unknown[]> {
  const files = ['script.js', 'calls', 'results'].map((file) => join(directory, `${name}.${file}`));
  const [script = '', input = '', output = ''] = files;
  writeFileSync(input, calls.map((call) => JSON.stringify(call)).join('\n'));
  writeFileSync(
    script,
    `import fs from 'fs';
${scriptOf(name)}
var calls = fs.readFileSync(${JSON.stringify(input)}, 'utf8').split('\\n');
var results = [];
function next(i) {
  if (i === calls.length) return fs.writeFileSync(${JSON.stringify(output)}, results.join('\\n'));
  Promise.resolve(calls[i]).then(JSON.parse).then(run).catch(function (error) { return JSON.stringify(String(error)); }).then(function (result) {
    results.push(result);
    next(i + 1);
  });
}
next(0);
`,
  );
  await run('/usr/bin/njs', [script]);
  return readFileSync(output, 'utf8').split('\n').map(parseResult);
}

function parseResult(json: string): unknown {
  return JSON.parse(json);
}
