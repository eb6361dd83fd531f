import { fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { announce, confirm } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { text } from '../words/language.ts';
import { checkedLabel, filesOf, isFolder, labelOf, type OperationsContext, parentOf } from './context.ts';
import { askName } from './dialog.ts';
import type { Tasks } from './tasks.ts';
import { relocate } from './transfer.ts';

/** Asks for a new name of a file or a folder. */
export function openRename(context: OperationsContext, tasks: Tasks, owner: Owner, name: string): void {
  askName({
    title: text('renameOf', { name: labelOf(name) }),
    label: text('newName'),
    name: labelOf(name),
    action: text('rename'),
    note: text('endsLinks'),
    save: (label) => rename(context, tasks, { owner, name, label }),
  });
}

/** What is renamed, and its new name without its folder. */
export interface Renaming {
  owner: Owner;
  name: string;
  label: string;
}

/**
 * Renames a file. A folder is renamed in the background, and this resolves when that has begun.
 * @throws ApiError
 */
export async function rename(
  context: OperationsContext,
  tasks: Tasks,
  { owner, name, label }: Renaming,
): Promise<void> {
  const wanted = checkedLabel(label);
  if (wanted === labelOf(name)) return;
  const to = parentOf(name) + wanted;
  if (isFolder(name)) {
    if (await mayMerge(context, owner, to))
      void renameFolder(context, tasks, owner, { from: name, to: `${to}/` });
    return;
  }
  const moved = await fileOperations(filesOf(owner)).move(name, to);
  await context.rename(owner, name, moved.name);
  announce(text('renamed', { name: labelOf(name), to: labelOf(moved.name) }));
  context.onChanged();
}

/** A folder with the new name may be there, also because an earlier try was cut short. */
async function mayMerge(context: OperationsContext, owner: Owner, to: string): Promise<boolean> {
  const isThere = [...context.libraryOf(owner).all()].some(({ name }) => name.startsWith(`${to}/`));
  const question = {
    title: text('mergeQuestion'),
    text: text('mergeText', { name: labelOf(to) }),
    action: text('merge'),
  };
  return !isThere || (await confirm(question));
}

function renameFolder(
  context: OperationsContext,
  tasks: Tasks,
  owner: Owner,
  move: { from: string; to: string },
): Promise<void> {
  return relocate(context, tasks, {
    kind: 'move',
    owner,
    moves: [move],
    target: { owner, folder: parentOf(move.to) },
    said: () => text('renamed', { name: labelOf(move.from), to: labelOf(move.to) }),
  });
}
