import type { TeamDetails } from '@cloudfront-cookie-gateway/client';
import { find } from '../dom.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { createInvite } from './invite.ts';
import type { TeamOwner } from './known-teams.ts';
import { createMembers, type MembersActions } from './members.ts';
import { createTeamDialog } from './team-dialog.ts';

export interface PeopleActions extends Pick<MembersActions, 'userId' | 'onOwnRole'> {
  rename(owner: TeamOwner): void;
  /** Leaves or deletes the team, if the person is sure. */
  leave(owner: TeamOwner, how: 'leave' | 'delete'): Promise<void>;
}

/** The dialog of a team that people made: its members, its invitations, and the team itself. */
export function createPeople({ userId, onOwnRole, rename, leave }: PeopleActions) {
  const about = createTeamDialog('people', (error) => describeFailure(error).words);
  const { dialog, owner, attempt } = about;
  const invite = createInvite(about);
  // A removal also ends the open invitations of the team.
  const members = createMembers({ userId, onOwnRole, onRemoved: invite.begin, ...about });

  async function read(): Promise<void> {
    await attempt(async (shown) => {
      const details = await shown.read();
      if (shown === owner()) show(details);
    });
  }

  function show(details: TeamDetails): void {
    const isManager = details.role === 'manager';
    find('people-title', HTMLElement).textContent = text('peopleOf', { team: details.name });
    for (const part of dialog.querySelectorAll<HTMLElement>('.managing')) part.hidden = !isManager;
    members.show(details.members ?? [], isManager);
    invite.show(isManager ? owner() : undefined);
  }

  find('people-rename', HTMLElement).addEventListener('click', () => {
    const shown = owner();
    if (shown) rename(shown);
  });
  for (const how of ['leave', 'delete'] as const) {
    const button = find(`people-${how}`, HTMLElement);
    button.addEventListener('click', () => void attempt((shown) => leave(shown, how)));
  }
  about.onClose(() => {
    invite.show(undefined);
    find('people-title', HTMLElement).textContent = '';
    find('members', HTMLElement).replaceChildren();
  });

  return {
    open(wanted: TeamOwner): void {
      about.open(wanted, () => show(wanted.team));
      void read();
    },
    /** Reads again what the open dialog shows. */
    refresh: read,
  };
}
