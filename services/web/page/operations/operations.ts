import type { Owner } from '../files/library.ts';
import { openShare } from '../sharing/share.tsx';
import { createShared } from '../sharing/shared.tsx';
import { openSessions } from '../shell/sessions.tsx';
import { openFolderLinks } from '../teams/folder-links.tsx';
import { openPeople } from '../teams/people.tsx';
import type { PageContext, Target } from './context.ts';
import { deleteItems } from './delete.ts';
import { openNewFolder } from './new-folder.ts';
import { openRename } from './rename.ts';
import { openShareFolder } from './share-folder.ts';
import { createTasks } from './tasks.tsx';
import { type Kind, offerTrash, openTransfer, transfer } from './transfer.ts';
import { openTrash } from './trash.tsx';
import { openVersions } from './versions.tsx';

export type Operations = ReturnType<typeof createOperations>;

/**
 * What a person can do with files and folders, for menus, keys and drops. Names of folders end in `/`. What fails is
 * said on the page.
 */
export function createOperations(page: PageContext) {
  const context = { ...page, tasks: createTasks() };
  const shared = createShared(page);

  return {
    openFolderLinks,
    openPeople,
    openSessions,
    openShare,
    openRename: (owner: Owner, name: string) => openRename(context, owner, name),
    /** Asks where to. */
    openTransfer: (kind: Kind, owner: Owner, names: readonly string[]) =>
      openTransfer(context, kind, owner, names),
    /** Moves what was dropped onto a folder. */
    move: (owner: Owner, names: readonly string[], target: Target) =>
      transfer(context, 'move', { owner, names, target }),
    /** Asks for the name of a folder in a folder, and shows the new one. */
    openNewFolder: (owner: Owner, folder: string) =>
      openNewFolder(context, { owner, folder }, (made) => context.enter(made.owner, made.folder)),
    /** Into the trash, with an undo; if none is kept, after a question. */
    delete: (owner: Owner, names: readonly string[]) => deleteItems(context, owner, names),
    /** Says that there is no room, and that the trash may have some. */
    offerTrash: (owner: Owner) => offerTrash(context, owner),
    openTrash: (owner: Owner) => openTrash(context, owner),
    openVersions: (owner: Owner, name: string) => openVersions(context, owner, name),
    openShareFolder: (owner: Owner, folder: string) => openShareFolder(context, owner, folder),
    /** Stops what is under way, and shows nothing of it: the person has signed out. */
    clear(): void {
      context.tasks.clear();
      shared.clear();
    },
    refreshShared: shared.refresh,
  };
}
