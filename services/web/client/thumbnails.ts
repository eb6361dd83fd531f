import { type Asker, stoppable } from './api.ts';
import { sha256Hex } from './send.ts';
import type { ListedFile, Stoppable } from './types.ts';

/** Makes the thumbnail from the files host's copy. False if this machine cannot draw it. @throws ApiError */
export async function addMissing(
  user: Asker,
  file: ListedFile,
  { signal = new AbortController().signal }: Stoppable = {},
): Promise<boolean> {
  // The browser's cache may have the version in a form that no script may read. So this asks without the version.
  const drawn = await user.draw?.(file.url.replace(/\?.*/, ''), file.type);
  return !!(await drawn?.({ ...user, ask: stoppable(user.ask, signal), sha256Hex }, file, signal));
}
