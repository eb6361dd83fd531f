import type { TeamDetails } from '@cloudfront-cookie-gateway/client';
import { find } from '../dom.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { createInvite } from './invite.ts';
import type { TeamOwner } from './known-teams.ts';
import { createMembers, type MembersActions } from './members.ts';

export interface PeopleActions extends Pick<MembersActions, 'userId' | 'onOwnRole'> {
  rename(owner: TeamOwner): void;
  /** Leaves or deletes the team, if the person is sure. */
  leave(owner: TeamOwner, how: 'leave' | 'delete'): Promise<void>;
}

/** The dialog of a team that people made: its members, its invitations, and the team itself. */
export function createPeople({ userId, onOwnRole, rename, leave }: PeopleActions) {
  const dialog = find('people', HTMLDialogElement);
  const invite = createInvite({ tell, attempt });
  // A removal also ends the open invitations of the team.
  const members = createMembers({ userId, onOwnRole, onRemoved: invite.begin, tell, attempt });
  /** The team of the dialog. Answers about another one come too late. */
  let owner: TeamOwner | undefined;

  async function attempt(run: (shown: TeamOwner) => Promise<void>): Promise<boolean> {
    const shown = owner;
    if (!shown) return false;
    tell('');
    try {
      await run(shown);
      return shown === owner;
    } catch (error) {
      if (shown === owner) tell(describeFailure(error).words, true);
      return false;
    }
  }

  async function read(): Promise<void> {
    await attempt(async (shown) => {
      const details = await shown.read();
      if (shown === owner) show(details);
    });
  }

  function show(details: TeamDetails): void {
    const isManager = details.role === 'manager';
    find('people-title', HTMLElement).textContent = text('peopleOf', { team: details.name });
    for (const part of dialog.querySelectorAll<HTMLElement>('.managing')) part.hidden = !isManager;
    members.show(details.members ?? [], isManager);
    invite.show(isManager ? owner : undefined);
  }

  find('people-rename', HTMLElement).addEventListener('click', () => owner && rename(owner));
  for (const how of ['leave', 'delete'] as const) {
    const button = find(`people-${how}`, HTMLElement);
    button.addEventListener('click', () => void attempt((shown) => leave(shown, how)));
  }
  dialog.addEventListener('close', () => {
    if (dialog.open) return;
    owner = undefined;
    invite.show(undefined);
    members.show([], false);
  });

  return {
    open(wanted: TeamOwner): void {
      owner = wanted;
      tell('');
      show(wanted.team);
      dialog.showModal();
      void read();
    },
    /** Reads again what the open dialog shows. */
    refresh: read,
  };
}

/** Says in the dialog what has been done, or why it was not. */
function tell(words: string, isTrouble = false): void {
  find('people-trouble', HTMLElement).textContent = isTrouble ? words : '';
  find('people-status', HTMLElement).textContent = isTrouble ? '' : words;
}
