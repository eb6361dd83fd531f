import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PORT_VARIABLES, parseLocalSettings } from '../../services/local/settings.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../services/local/stack.ts';
import { cachedService, cachedStack } from './cached-build.ts';
import { freePorts } from './ports.ts';

export interface TestStack extends LocalStack {
  appOrigin: string;
  filesOrigin: string;
  s3Origin: string;
  directory: string;
  /** The auth service's log lines so far. */
  logLines: string[];
  /** The first log line with a text. Waits until there is one. */
  logged(text: string): Promise<string>;
  /** The log lines once every answered request has its line. These lines come a moment after the answers. */
  settledLog(): Promise<string[]>;
}

export interface Teardown {
  teardown(fn: () => Promise<void> | void): void;
}

/** Free ports for a whole stack, as environment variables. */
export async function freePortVariables(): Promise<Record<string, string>> {
  const variables = Object.values(PORT_VARIABLES).map(([variable]) => variable);
  const ports = await freePorts(variables.length);
  return Object.fromEntries(variables.map((variable, index) => [variable, String(ports[index])]));
}

/** The whole system on free ports, in a directory of its own. Both go when the test ends. */
export async function startTestStack(
  t: Teardown,
  options: Partial<LocalStackOptions> & { env?: Record<string, string> } = {},
): Promise<TestStack> {
  const { env = {}, ...rest } = options;
  const settings = parseLocalSettings({ ...(await freePortVariables()), ...env });
  const directory = options.directory ?? temporaryDirectory(t);
  const logLines: string[] = [];
  const arrivals = new EventEmitter();
  const stack = await startLocalStack({
    settings,
    directory,
    build: cachedStack,
    demonstration: await cachedService(),
    onLogLine: (line) => {
      logLines.push(line);
      arrivals.emit('line');
    },
    ...rest,
  });
  t.teardown(() => stack.close());
  return {
    ...stack,
    appOrigin: settings.appOrigin,
    filesOrigin: settings.filesOrigin,
    s3Origin: `http://localhost:${settings.ports.s3}`,
    directory,
    logLines,
    async logged(text) {
      const find = () => logLines.find((line) => line.includes(text));
      let line = find();
      while (line === undefined) {
        await once(arrivals, 'line');
        line = find();
      }
      return line;
    },
    async settledLog() {
      const probes = () => logLines.filter((line) => line.includes('"operation":"livez"')).length;
      const before = probes();
      await fetch(`http://127.0.0.1:${settings.ports.app}/livez`);
      while (probes() === before) await once(arrivals, 'line');
      return logLines;
    },
  };
}

/** Work that is no test: what it has started ends after it, the last first. */
export async function withTeardown<T>(work: (t: Teardown) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void> | void)[] = [];
  try {
    return await work({ teardown: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

export function temporaryDirectory(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
