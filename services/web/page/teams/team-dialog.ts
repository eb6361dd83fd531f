import { find } from '../dom.ts';
import type { TeamOwner } from './known-teams.ts';

export type TeamDialog = ReturnType<typeof createTeamDialog>;

/**
 * A dialog about one team, which says what has been done, or why not.
 * @param id the dialog's. Its elements for words have `-status` and `-trouble` after it
 * @param describe the reason of a failure in words for the person
 */
export function createTeamDialog(id: string, describe: (error: unknown) => string) {
  const dialog = find(id, HTMLDialogElement);
  /** The team of the dialog. Answers about another one come too late. */
  let owner: TeamOwner | undefined;

  /** Says in the dialog what has been done, or why it was not. */
  function tell(words: string, isTrouble = false): void {
    find(`${id}-trouble`, HTMLElement).textContent = isTrouble ? words : '';
    find(`${id}-status`, HTMLElement).textContent = isTrouble ? '' : words;
  }

  return {
    dialog,
    owner: () => owner,
    tell,
    /**
     * Does something with the team of the dialog, and says why if it did not work.
     * @returns whether it worked, and the dialog still shows this team
     */
    async attempt(run: (shown: TeamOwner) => Promise<void>): Promise<boolean> {
      const shown = owner;
      if (!shown) return false;
      tell('');
      try {
        await run(shown);
        return shown === owner;
      } catch (error) {
        if (shown === owner) tell(describe(error), true);
        return false;
      }
    },
    /** @param draw shows what is known of the team. The focus goes to the first control that it shows. */
    open(wanted: TeamOwner, draw: () => void): void {
      owner = wanted;
      tell('');
      draw();
      dialog.showModal();
    },
    /** @param clear removes what the dialog shows of the team */
    onClose(clear: () => void): void {
      dialog.addEventListener('close', () => {
        if (dialog.open) return;
        owner = undefined;
        clear();
      });
    },
  };
}
