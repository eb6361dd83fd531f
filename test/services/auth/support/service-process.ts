import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { cachedWeb } from '../../../support/cached-build.ts';
import { serviceSettings } from './service.ts';

const ENTRY = fileURLToPath(new URL('../../../../services/auth/main.ts', import.meta.url));

export interface ServiceProcess {
  child: ChildProcess;
  origin: string;
  settings: Record<string, string>;
  log: () => string;
  exit: Promise<unknown[]>;
}

/**
 * The service as a process of its own, with its settings in the environment. It listens when this returns.
 * @throws Error with what the process has written, and how it ended as the cause
 */
export async function startServiceProcess(
  t: { teardown(fn: () => void): void },
  issuer: string,
  changes: Record<string, string> = {},
): Promise<ServiceProcess> {
  const settings = await serviceSettings(issuer, { WEB_DIRECTORY: await cachedWeb(), ...changes });
  const child = spawn(process.execPath, [ENTRY], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const exit = once(child, 'close');
  t.teardown(() => {
    child.kill('SIGKILL');
  });
  const ended = await Promise.race([once(child, 'message').then(() => undefined), exit]);
  if (ended) throw new Error(log, { cause: ended });
  return { child, origin: settings['APP_ORIGIN'] ?? '', settings, log: () => log, exit };
}
