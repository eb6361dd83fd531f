import { fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { announce } from '../dom.ts';
import { askName } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { checkedLabel, filesOf, type OperationsContext, type Target } from './context.ts';
import { describe } from './failures.ts';

/** Asks for the name of a new folder in a folder. @param onMade gets the new folder */
export function openNewFolder(
  context: OperationsContext,
  { owner, folder }: Target,
  onMade: (made: Target) => void,
): void {
  askName({
    title: text('newFolder'),
    label: text('folderName'),
    action: text('create'),
    describe,
    async save(typed) {
      const label = checkedLabel(typed);
      await fileOperations(filesOf(owner)).createFolder(folder + label);
      await context.libraryOf(owner).refresh();
      announce(text('folderMade', { name: label }));
      onMade({ owner, folder: `${folder}${label}/` });
    },
  });
}
