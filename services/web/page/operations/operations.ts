/** What a person can do with files and folders. Names of folders end in `/`. What fails is said on the page. */
export { openShare } from '../sharing/share.tsx';
export { showShared } from '../sharing/shared.tsx';
export { openSessions } from '../shell/sessions.tsx';
export { openFolderLinks } from '../teams/folder-links.tsx';
export { makeTeam } from '../teams/make-team.ts';
export { openPeople } from '../teams/people.tsx';
export { deleteItems } from './delete.ts';
export { makeFolder } from './new-folder.ts';
export { openRename } from './rename.ts';
export { replace } from './replace.ts';
export { offerTrash, openShareFolder, openTransfer, transfer } from './transfer.ts';
export { openTrash } from './trash.tsx';
export { openVersions } from './versions.tsx';
