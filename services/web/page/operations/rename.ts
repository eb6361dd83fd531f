import { fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { announce } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { askName, confirm } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { checkedLabel, filesOf, isFolder, labelOf, type OperationsContext, parentOf } from './context.ts';
import { describe } from './failures.ts';
import { relocate } from './transfer.ts';

/** Asks for a new name of a file or a folder. */
export function openRename(context: OperationsContext, owner: Owner, name: string): void {
  askName({
    title: text('renameOf', { name: labelOf(name) }),
    label: text('newName'),
    name: labelOf(name),
    action: text('rename'),
    note: text('endsLinks'),
    describe,
    save: (label) => rename(context, owner, name, label),
  });
}

/** Renames a file. A folder is renamed in the background, and this resolves when that has begun. @throws ApiError */
async function rename(context: OperationsContext, owner: Owner, name: string, label: string): Promise<void> {
  const wanted = checkedLabel(label);
  const words = { name: labelOf(name), to: wanted };
  if (wanted === words.name) return;
  const to = parentOf(name) + wanted;
  if (isFolder(name)) {
    if (!(await mayMerge(context, owner, to))) return;
    const target = { owner, folder: parentOf(name) };
    const said = () => text('renamed', words);
    void relocate(context, 'move', { owner, moves: [{ from: name, to: `${to}/` }], target, said });
    return;
  }
  const moved = await fileOperations(filesOf(owner)).move(name, to);
  await context.rename(owner, name, moved.name);
  announce(text('renamed', { ...words, to: labelOf(moved.name) }));
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
