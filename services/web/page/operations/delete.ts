import {
  type DeletedFiles,
  deleteAll,
  fileOperations,
  type NamedVersion,
  restoreAll,
} from '@cloudfront-cookie-gateway/client/files';
import { announce, announceWith } from '../dom.ts';
import { type Library, libraryOf, namesIn, type Owner } from '../files/library.ts';
import { noteChange } from '../state.ts';
import { confirm } from '../ui/dialog.tsx';
import { counted, type MessageKey, text } from '../words/language.ts';
import { codeOf } from '../words/words.ts';
import { describe, describeFailed } from './failures.ts';
import { filesOf, isFolder, labelOf } from './names.ts';
import { startTask } from './tasks.tsx';

/**
 * Deletes files and folders. If a trash is kept, they are in it, and an undo takes them out. Otherwise, the person is
 * asked first.
 */
export async function deleteItems(owner: Owner, names: readonly string[]): Promise<void> {
  const [first] = names;
  if (first === undefined) return;
  const library = libraryOf(owner);
  try {
    if (!(await keepsTrash(owner, first)) && !(await isSure(library, names))) return;
  } catch (error) {
    announce(describe(error));
    return;
  }
  await startTask({
    title: counted(names.length, 'deletingOne', 'deletingMany', { name: labelOf(first) }),
    async run(options) {
      const result = await deleteAll(filesOf(owner), names, options);
      library.dropAll(result.deleted.map(({ name }) => name));
      tell(names, result, (kept) => void undo(owner, kept));
    },
    onRest() {
      void library.refresh();
      noteChange();
    },
  });
}

/** Says what is gone. What is in the trash can come back. */
function tell(
  [first = '', ...others]: readonly string[],
  { deleted, failed }: DeletedFiles,
  onUndo: (kept: NamedVersion[]) => void,
): void {
  const kept = deleted.flatMap(({ name, version }) => (version === undefined ? [] : [{ name, version }]));
  // A folder is one thing, however many files are in it.
  const isOne = others.length === 0;
  const name = labelOf(isOne ? first : (deleted[0]?.name ?? ''));
  const failures = describeFailed(failed);
  const said = (one: MessageKey, many: MessageKey) =>
    [counted(isOne ? 1 : deleted.length, one, many, { name }), ...failures].join(' ');
  if (kept.length > 0) announceWith(said('trashedOne', 'trashedMany'), text('undo'), () => onUndo(kept));
  else if (deleted.length > 0) announce(said('deleted', 'deletedMany'));
  else announce(failures.join('') || text('gone', { name }));
}

async function undo(owner: Owner, kept: readonly NamedVersion[]): Promise<void> {
  try {
    const { restored, failed } = await restoreAll(filesOf(owner), kept);
    await libraryOf(owner).refresh();
    noteChange();
    const [first] = restored;
    const name = labelOf(first?.name ?? '');
    const said = first ? [counted(restored.length, 'restoredOne', 'restoredMany', { name })] : [];
    announce([...said, ...describeFailed(failed)].join(' '));
  } catch (error) {
    announce(describe(error));
  }
}

const keeping = new WeakMap<Owner['asUser'], boolean>();

/**
 * Whether the host keeps what is deleted. It says so once. The versions of one name are a short list, and the trash may
 * be a long one.
 * @throws ApiError
 */
async function keepsTrash(owner: Owner, name: string): Promise<boolean> {
  const known = keeping.get(owner.asUser);
  if (known !== undefined) return known;
  const code = await fileOperations(filesOf(owner))
    .versions.list(name.replace(/\/$/, ''))
    .then(
      () => '',
      (error) => {
        if (!['no_trash', 'no_such_file'].includes(codeOf(error))) throw error;
        return codeOf(error);
      },
    );
  keeping.set(owner.asUser, code !== 'no_trash');
  return code !== 'no_trash';
}

function isSure(library: Library, names: readonly string[]): Promise<boolean> {
  const [first = ''] = names;
  const action = text('delete');
  if (names.length > 1) {
    const { length } = namesIn(library, names);
    const title = counted(length, 'deleteManyQuestion', 'deleteManyQuestion');
    return confirm({ title, text: text('deleteManyText'), action });
  }
  const title = text('deleteQuestion', { name: labelOf(first) });
  return confirm({ title, text: text(isFolder(first) ? 'deleteFolderText' : 'deleteText'), action });
}
