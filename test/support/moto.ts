import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { listenOnLoopback } from '../../edge/local/loopback.ts';

/** Debian's own program (package python3-moto), because another Python may come first on PATH. */
export const MOTO = '/usr/bin/moto_server';

/** AWS as moto imitates it, on loopback until the test ends. */
export async function startMoto(
  t: { teardown(fn: () => Promise<void>): void },
  env: Record<string, string> = {},
): Promise<{ endpoint: string }> {
  if (!existsSync(MOTO)) throw new Error(`needs ${MOTO} (Debian: python3-moto and python3-flask-cors)`);
  const free = await listenOnLoopback(() => {}, 0);
  await free.close(0);
  const moto = spawn(MOTO, ['-H', '127.0.0.1', '-p', String(free.port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  t.teardown(async () => {
    const gone = once(moto, 'exit');
    moto.kill('SIGTERM');
    await gone;
  });
  await new Promise<void>((resolve, reject) => {
    moto.once('exit', () => reject(new Error('moto did not start')));
    moto.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Running on')) resolve();
    });
  });
  return { endpoint: `http://127.0.0.1:${free.port}` };
}
