import { type Child, startChild } from '../../support/child.ts';
import { serviceEnvironment } from '../../support/process-figures.ts';

/** Another process with the settings of the stack's auth service, on a port of its own. */
export function startBeside(script: URL, port: number, settings: Record<string, string>): Promise<Child> {
  const env = { ...serviceEnvironment(), HOST: '127.0.0.1', PORT: String(port), ...settings };
  return startChild(script, undefined, { env, silent: true });
}
