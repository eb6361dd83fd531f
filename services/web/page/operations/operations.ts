import type { Owner } from '../files/library.ts';
import { save } from '../files/save.ts';
import { filesIn, type OperationsContext, type Target } from './context.ts';
import { deleteItems } from './delete.ts';
import { openNewFolder } from './new-folder.ts';
import { openRename, rename } from './rename.ts';
import { openShareFolder } from './share-folder.ts';
import { createTasks } from './tasks.ts';
import { offerTrash, openTransfer, transfer } from './transfer.ts';
import { openTrash } from './trash.ts';
import { openVersions } from './versions.ts';

export type Operations = ReturnType<typeof createOperations>;

/**
 * What a person can do with files and folders, for menus, keys and drops. Names of folders end in `/`. What fails is
 * said on the page, except by `rename`.
 */
export function createOperations(context: OperationsContext) {
  const tasks = createTasks();

  return {
    /** Asks for the new name. */
    openRename: (owner: Owner, name: string) => openRename(context, tasks, owner, name),
    /** @param label the new name, without its folder. @throws ApiError */
    rename: (owner: Owner, name: string, label: string) => rename(context, tasks, { owner, name, label }),
    /** Asks where to. */
    openMove: (owner: Owner, names: readonly string[]) =>
      openTransfer(context, tasks, 'move', { owner, names }),
    openCopy: (owner: Owner, names: readonly string[]) =>
      openTransfer(context, tasks, 'copy', { owner, names }),
    /** Moves what was dropped onto a folder. */
    move: (owner: Owner, names: readonly string[], target: Target) =>
      transfer(context, tasks, 'move', { owner, names, target }),
    /** Asks for the name of a folder in a folder, and shows the new one. */
    openNewFolder: (owner: Owner, folder: string) =>
      openNewFolder(context, { owner, folder }, (made) => context.enter(made.owner, made.folder)),
    /** Into the trash, with an undo; if none is kept, after a question. */
    delete: (owner: Owner, names: readonly string[]) => deleteItems(context, tasks, { owner, names }),
    /** As one archive, if it is more than one file. */
    download(owner: Owner, names: readonly string[]): Promise<void> {
      const library = context.libraryOf(owner);
      return save(
        owner,
        filesIn(library, names).flatMap((name) => library.get(name) ?? []),
      );
    },
    /** Says that there is no room, and that the trash may have some. */
    offerTrash: (owner: Owner) => offerTrash(context, owner),
    openTrash: (owner: Owner) => openTrash(context, owner),
    openVersions: (owner: Owner, name: string) => openVersions(context, owner, name),
    openShareFolder: (owner: Owner, folder: string) => openShareFolder(context, tasks, owner, folder),
    /** Stops what is under way, and shows nothing of it: the person has signed out. */
    clear: () => tasks.clear(),
  };
}
