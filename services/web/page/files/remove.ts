import { announce, confirm } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import type { Owner } from './library.ts';

const MAX_AT_ONCE = 4;

/**
 * Deletes files, with one question and one result.
 * @param onGone called for each file as soon as the file is gone
 * @returns whether any file was deleted
 */
export async function remove(
  { files }: Owner,
  names: readonly string[],
  onGone: (name: string) => void,
): Promise<boolean> {
  const [first] = names;
  if (first === undefined) return false;
  const isOne = names.length === 1;
  const count = NUMBER.format(names.length);
  const isSure = await confirm({
    title: isOne ? text('deleteQuestion', { name: first }) : text('deleteManyQuestion', { count }),
    text: text(isOne ? 'deleteText' : 'deleteManyText'),
    action: text('delete'),
  });
  if (!isSure) return false;
  const waiting = [...names];
  let done = 0;
  let reason = '';
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      try {
        await files.delete(name);
        done++;
        if (!isOne) announce(text('deleting', { done: NUMBER.format(done), count }));
        onGone(name);
      } catch (error) {
        reason = describeFailure(error).words;
      }
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
  const left = names.length - done;
  if (isOne)
    announce(left === 0 ? text('deleted', { name: first }) : text('notDeleted', { name: first, reason }));
  else if (left === 0) announce(text('deletedMany', { count }));
  else announce(text('deletedSome', { count: NUMBER.format(done), left: NUMBER.format(left), reason }));
  return done > 0;
}
