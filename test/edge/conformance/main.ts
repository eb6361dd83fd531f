import { rmSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { freePorts } from '../../support/ports.ts';
import { readArguments } from '../../support/usage.ts';
import { createFixture } from './fixture.ts';
import { askAll, type Result, scoreOf } from './run.ts';
import { TARGETS } from './targets.ts';
import { createViewer } from './viewer.ts';

const USAGE = `npm run conformance -- --target <name> [--url <where it listens>] [--json]
  --target  ${Object.keys(TARGETS).join(', ')}
  --url     one that you start yourself with the folder that is printed: http://localhost:8080`;

const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: {
      target: { type: 'string' },
      url: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  }),
);
const target = TARGETS[values.target ?? ''];
if (!target || (!target.start && values.url === undefined)) {
  console.error(USAGE);
  process.exit(2);
}

const fixture = await createFixture();
const stops: (() => Promise<void> | void)[] = [() => fixture.close()];
try {
  const [port = 0] = await freePorts(1);
  const origin = values.url ?? `http://localhost:${port}`;
  if (values.url === undefined) {
    const running = await target.start?.(fixture, port);
    if (running) stops.push(() => running.stop());
  } else {
    await isSetUp(fixture.directory, fixture.api);
  }
  const viewer = createViewer(origin, fixture.keys);
  stops.push(() => viewer.close());
  const results = await askAll(viewer, new Set(target.claims));
  console.log(values.json ? JSON.stringify(results, null, 2) : results.map(lineOf).join('\n'));
  console.error(`${values.target}: ${scoreOf(results)}`);
  process.exitCode = results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
} finally {
  for (const stop of stops.toReversed()) await stop();
  rmSync(fixture.directory, { recursive: true });
}

function lineOf({ id, known, fact, outcome, why }: Result): string {
  return `${outcome.padEnd(11)} ${known.padEnd(3)} ${id.padEnd(4)} ${fact}${why ? `\n            ${why}` : ''}`;
}

/** A person who starts an emulator by hand needs time. */
async function isSetUp(directory: string, api: string): Promise<void> {
  console.error(
    `template, bucket, keys and store: ${directory}\norigin api.example: ${api}\nEnter, once it listens`,
  );
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdin.unref();
}
