import { fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { announce } from '../dom.ts';
import { address, go } from '../files/history.ts';
import { libraryOf, type Owner } from '../files/library.ts';
import { listed } from '../files/listing.ts';
import { noteChange } from '../state.ts';
import { askName, confirm } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { describe } from './failures.ts';
import { checkedLabel, filesOf, isFolder, labelOf, parentOf } from './names.ts';
import { relocate } from './transfer.ts';

/** Asks for a new name of a file or a folder. */
export function openRename(owner: Owner, name: string): void {
  askName({
    title: text('renameOf', { name: labelOf(name) }),
    label: text('newName'),
    name: labelOf(name),
    action: text('rename'),
    note: text('endsLinks'),
    describe,
    save: (label) => rename(owner, name, label),
  });
}

/** Renames a file. A folder is renamed in the background, and this resolves when that has begun. @throws ApiError */
async function rename(owner: Owner, name: string, label: string): Promise<void> {
  const wanted = checkedLabel(label);
  const words = { name: labelOf(name), to: wanted };
  if (wanted === words.name) return;
  const to = parentOf(name) + wanted;
  if (isFolder(name)) {
    if (!(await mayMerge(owner, to))) return;
    const target = { owner, folder: parentOf(name) };
    const said = () => text('renamed', words);
    void relocate('move', { owner, moves: [{ from: name, to: `${to}/` }], target, said });
    return;
  }
  const moved = await fileOperations(filesOf(owner)).move(name, to);
  const library = libraryOf(owner);
  // If this fails, the file is renamed all the same.
  await library.look(moved.name).catch(() => library.refresh());
  if (address.peek().file === name) go({ ...listed.peek(), file: moved.name }, 'replace');
  library.drop(name);
  announce(text('renamed', { ...words, to: labelOf(moved.name) }));
  noteChange();
}

/** A folder with the new name may be there, also because an earlier try was cut short. */
async function mayMerge(owner: Owner, to: string): Promise<boolean> {
  const isThere = [...libraryOf(owner).all()].some(({ name }) => name.startsWith(`${to}/`));
  const question = {
    title: text('mergeQuestion'),
    text: text('mergeText', { name: labelOf(to) }),
    action: text('merge'),
  };
  return !isThere || (await confirm(question));
}
