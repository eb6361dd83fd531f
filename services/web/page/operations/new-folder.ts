import { fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { announce } from '../dom.ts';
import { go } from '../files/history.ts';
import { libraryOf, type Owner } from '../files/library.ts';
import { askName } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { describe } from './failures.ts';
import { checkedLabel, filesOf, type Target } from './names.ts';

/** Asks for the name of a new folder in a folder. @param onMade gets the new folder */
export function openNewFolder({ owner, folder }: Target, onMade: (made: Target) => void): void {
  askName({
    title: text('newFolder'),
    label: text('folderName'),
    action: text('create'),
    describe,
    async save(typed) {
      const label = checkedLabel(typed);
      await fileOperations(filesOf(owner)).createFolder(folder + label);
      await libraryOf(owner).refresh();
      announce(text('folderMade', { name: label }));
      onMade({ owner, folder: `${folder}${label}/` });
    },
  });
}

/** Asks for the name of a new folder in a folder, and shows the new one. */
export function makeFolder(owner: Owner, folder: string): void {
  openNewFolder({ owner, folder }, (made) => go({ team: owner.team?.id, folder: made.folder }, 'push'));
}
