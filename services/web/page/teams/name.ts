import { find } from '../dom.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';

/** What happens with a name that the person enters. */
export interface Naming {
  title: string;
  action: string;
  /** The name that the field has at first. */
  name?: string;
  /** Gives the name to the host. The dialog stays, with the reason, if this throws. */
  save(name: string): Promise<void>;
}

/** The dialog that asks for the name of a team. */
export function createNameDialog(): { open(naming: Naming): void } {
  const dialog = find('team-name', HTMLDialogElement);
  const field = find('team-name-field', HTMLInputElement);
  const action = find('team-name-action', HTMLButtonElement);
  const trouble = find('team-name-trouble', HTMLElement);
  let naming: Naming | undefined;

  async function save(): Promise<void> {
    const mine = naming;
    action.disabled = true;
    trouble.textContent = '';
    try {
      await mine?.save(field.value.trim());
      if (mine === naming) dialog.close();
    } catch (error) {
      if (mine === naming) trouble.textContent = describeTrouble(error);
    } finally {
      if (mine === naming) action.disabled = false;
    }
  }

  find('team-name-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  find('team-name-cancel', HTMLElement).addEventListener('click', () => dialog.close());

  return {
    open(wanted) {
      naming = wanted;
      find('team-name-title', HTMLElement).textContent = wanted.title;
      action.textContent = wanted.action;
      action.disabled = false;
      trouble.textContent = '';
      field.value = wanted.name ?? '';
      dialog.showModal();
      field.select();
    },
  };
}

function describeTrouble(error: unknown): string {
  const isName = error instanceof Error && 'code' in error && error.code === 'invalid_name';
  return isName ? text('badTeamName') : describeFailure(error).words;
}
