import { text } from '../words/language.ts';
import { type Failure, formatSize } from '../words/words.ts';
import type { Upload } from './batch.ts';

/**
 * Why an upload found no room, with the sizes.
 * @param limit the most bytes of all files of its owner. Undefined if the person may not know it, as a guest
 */
export async function describeFull(
  { file, owner }: Pick<Upload, 'file' | 'owner'>,
  limit: number | undefined,
): Promise<Failure> {
  if (limit === undefined) return { words: text('noRoom'), canRetry: false };
  const sizes = { size: formatSize(file.size), limit: formatSize(limit) };
  // Nothing that the person deletes would help.
  if (file.size > limit) return { words: text('largerThanSpace', sizes), canRetry: false };
  const used = await owner.files.usage().catch(() => undefined);
  const free = used && { free: formatSize(Math.max(limit - used.bytes, 0)), limit: sizes.limit };
  return { words: free ? text('noRoomLeft', free) : text('noRoom'), canRetry: true };
}
