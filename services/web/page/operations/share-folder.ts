import type { Owner } from '../files/library.ts';
import { askName } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { labelOf, type OperationsContext } from './context.ts';
import { describe } from './failures.ts';
import { relocate } from './transfer.ts';

/** Shares a folder: a copy of it in a new team. Into a team that is there, a folder is moved as any other. */
export function openShareFolder(context: OperationsContext, owner: Owner, folder: string): void {
  const name = labelOf(folder);
  askName({
    title: text('shareFolder', { name }),
    label: text('teamName'),
    name,
    action: text('share'),
    note: text('shareFolderText'),
    maxLength: 100,
    describe,
    async save(team) {
      const target = await context.makeTeam(team);
      void relocate(context, 'copy', {
        owner,
        moves: [{ from: folder, to: `${name}/` }],
        target: { owner: target, folder: '' },
        said: () => text('sharedNow', { folder: name, team: nameOf(target.team) }),
      });
    },
  });
}
