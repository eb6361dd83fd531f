import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PlainRequest } from '../../edge/function/support/events.ts';
import { temporaryDirectory, withTeardown } from '../../support/test-stack.ts';

const execute = promisify(execFile);
const FEW = 50;
const MANY = 150;
const NO_OP = 'function handler(event) { return event.request; }';

/**
 * Instructions of one call under njs, counted by callgrind, without those of a function that does nothing.
 * @param script with a function `handler`
 * @throws Error if a call fails, or answers and does not pass the request on
 */
export async function instructionsOf(script: string, request: PlainRequest): Promise<number> {
  const event = eventSource(request);
  return (await instructionsPerCall(script, event)) - (await instructionsPerCall(NO_OP, event));
}

/** The difference between many calls and few, so that njs's start and its reading of the script are left out. */
async function instructionsPerCall(script: string, event: string): Promise<number> {
  const [few, many] = await Promise.all([FEW, MANY].map((calls) => instructions(script, event, calls)));
  return ((many ?? 0) - (few ?? 0)) / (MANY - FEW);
}

function instructions(script: string, event: string, calls: number): Promise<number> {
  return withTeardown(async (t) => {
    const file = join(temporaryDirectory(t), 'calls.js');
    await writeFile(
      file,
      `${script}
function next(left) {
  if (left > 0) return Promise.resolve(handler(${event})).then(function (result) {
    if (result.statusCode !== undefined) throw new Error('refused');
    return next(left - 1);
  });
}
next(${calls}).catch(function (error) { console.log(String(error)); });
`,
    );
    const callgrind = ['--tool=callgrind', '--callgrind-out-file=/dev/null'];
    const { stdout, stderr } = await execute('valgrind', [...callgrind, 'njs', file]);
    const count = /Collected : (\d+)/.exec(stderr)?.[1];
    if (stdout !== '' || !count) throw new Error(`njs under callgrind: ${stdout}${stderr}`);
    return Number(count);
  });
}

/** An event as the source of an expression, so that every call has its own event. */
function eventSource({ rawQuery, ...request }: PlainRequest): string {
  const context = {
    eventType: 'viewer-request',
    requestId: 'r',
    distributionId: 'E',
    distributionDomainName: 'd',
  };
  const fields = JSON.stringify(request).slice(1, -1);
  const raw = `rawQueryString: function () { return ${JSON.stringify(rawQuery)}; }`;
  return `{ version: '1.0', context: ${JSON.stringify(context)}, viewer: { ip: '192.0.2.1' }, request: { ${fields}, ${raw} } }`;
}
