import type { Owner } from '../files/library.ts';
import { gateway } from '../gateway.ts';
import { put } from '../teams/owners.ts';
import { askName } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { describe } from './failures.ts';
import { labelOf } from './names.ts';
import { relocate } from './transfer.ts';

/** Shares a folder: a copy of it in a new team. Into a team that is there, a folder is moved as any other. */
export function openShareFolder(owner: Owner, folder: string): void {
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
      const target = put(await gateway.teams.make(team));
      void relocate('copy', {
        owner,
        moves: [{ from: folder, to: `${name}/` }],
        target: { owner: target, folder: '' },
        said: () => text('sharedNow', { folder: name, team: nameOf(target.team) }),
      });
    },
  });
}
