import type { ListedTeam } from '@cloudfront-cookie-gateway/client';
import { announce, confirm } from '../dom.ts';
import { placeOf } from '../files/address.ts';
import { go } from '../files/history.ts';
import type { Owner } from '../files/library.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import type { TeamOwner } from './known-teams.ts';
import type { Owners } from './owners.ts';

export interface WaysActions {
  /** Whose files the page shows. */
  shown(): Owner;
  /** Shows the place that the address names. */
  show(): void;
  /** Forgets the files of a team. */
  forget(owner: Owner): void;
  /** Says something that stays on the page. */
  say(words: string): void;
}

/** The ways into a team and out of it. */
export function createWays(owners: () => Owners, { shown, show, forget, say }: WaysActions) {
  /** Leaves the files of a team that the person does not belong to any more. */
  function goHome(lost: TeamOwner, words: string): void {
    forget(lost);
    if (shown() !== lost) return;
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    go({ folder: '' }, 'replace');
    show();
    say(words);
  }

  return {
    goHome,
    /** Shows the team, and says what has happened. */
    enter(team: ListedTeam, words: string): void {
      owners().put(team);
      go({ team: team.id, folder: '' }, 'push');
      show();
      announce(words);
    },
    /** The address names a team that the page does not know. */
    async meet(): Promise<void> {
      const { team } = placeOf(location.hash);
      let words = text('notMember');
      await owners()
        .refresh()
        .catch((error) => {
          words = describeFailure(error).words;
        });
      // The person may have gone on meanwhile.
      if (placeOf(location.hash).team !== team) return;
      const isKnown = owners().of(team) !== undefined;
      if (!isKnown) go({ folder: '' }, 'replace');
      show();
      if (!isKnown) say(words);
    },
    /** Asks whether to leave, or to delete, the team, and does it. @throws ApiError */
    async leave(owner: TeamOwner, how: 'leave' | 'delete'): Promise<void> {
      const { name } = owner.team;
      const question =
        how === 'leave'
          ? { title: text('leaveQuestion', { team: name }), text: text('leaveText'), action: text('leave') }
          : { title: text('deleteQuestion', { name }), text: text('deleteTeamText'), action: text('delete') };
      if (!(await confirm(question))) return;
      await owners().leave(owner, owner[how]);
      goHome(owner, '');
      announce(how === 'leave' ? text('hasLeft', { team: name }) : text('deleted', { name }));
    },
  };
}
