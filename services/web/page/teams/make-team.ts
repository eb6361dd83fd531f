import { announce } from '../dom.ts';
import { go } from '../files/history.ts';
import { gateway } from '../gateway.ts';
import { askName } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import { describeWith } from '../words/words.ts';
import { put, type TeamOwner } from './owners.ts';

/** The question for the name of a team. */
export const TEAM_NAME = {
  label: text('teamName'),
  maxLength: 100,
  describe: describeWith({ invalid_name: 'badTeamName' }),
};

/** Asks for the name of a new team, and shows the team. */
export function makeTeam(): void {
  askName({
    ...TEAM_NAME,
    title: text('newTeam'),
    action: text('create'),
    note: text('newTeamText'),
    async save(name) {
      enterTeam(put(await gateway.teams.make(name)), text('teamMade', { team: name }));
    },
  });
}

/** Shows a team, and says what has happened. */
export function enterTeam({ id }: Pick<TeamOwner, 'id'>, words: string): void {
  go({ team: id, folder: '' }, 'push');
  announce(words);
}
