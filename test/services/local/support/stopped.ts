import type { RunningCommand } from '../../../support/clone.ts';

/** @throws Error if it takes more than five seconds */
export async function stopped(command: RunningCommand, signal: NodeJS.Signals): Promise<number | null> {
  const begun = Date.now();
  command.child.kill(signal);
  const code = await command.exit;
  if (Date.now() - begun > 5_000) throw new Error(`it took ${Date.now() - begun} ms to stop`);
  return code;
}
