import { rmSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { freePorts } from '../../support/ports.ts';
import { readArguments } from '../../support/usage.ts';
import { createFixture } from './fixture.ts';
import { askEmulator, scoreOf } from './run.ts';
import { TARGETS } from './targets.ts';

const USAGE = `npm run conformance -- --target <name> [--url <where it listens>] [--json]
  --target  ${Object.keys(TARGETS).join(', ')}, or any name with --url
  --url     an emulator that you start yourself with the folder that is printed: http://localhost:8080`;

const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: {
      target: { type: 'string' },
      url: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  }),
);
const start = TARGETS[values.target ?? ''];
if (values.target === undefined || (!start && values.url === undefined)) {
  console.error(USAGE);
  process.exit(2);
}

const fixture = await createFixture();
let stop: (() => Promise<void>) | undefined;
try {
  const [port = 0] = await freePorts(1);
  if (values.url === undefined) stop = (await start?.(fixture, port))?.stop;
  else await isSetUp(fixture.directory, fixture.api);
  const lines = await askEmulator(values.url ?? `http://localhost:${port}`, fixture.keys);
  const words = lines.map(
    ({ question, assumed, seen, same }) =>
      `${same === false ? 'differs' : seen === 'hidden' ? 'hidden ' : 'same   '} ${question}: ${seen}${same === false ? `\n        CloudFront: ${assumed}` : ''}`,
  );
  console.log(values.json ? JSON.stringify(lines, null, 2) : words.join('\n'));
  console.error(`${values.target}: ${scoreOf(lines)}`);
  process.exitCode = lines.some(({ same, seen }) => same === false || (same === null && seen !== 'hidden'))
    ? 1
    : 0;
} finally {
  await stop?.();
  fixture.close();
  rmSync(fixture.directory, { recursive: true });
}

/** A person who starts an emulator by hand needs time. */
async function isSetUp(directory: string, api: string): Promise<void> {
  console.error(
    `template, bucket, keys and store: ${directory}\norigin api.example: ${api}\nEnter, once it listens`,
  );
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdin.unref();
}
