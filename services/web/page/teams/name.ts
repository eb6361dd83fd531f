import { find } from '../dom.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { createFormDialog } from './form-dialog.ts';

/** What happens with a name that the person enters. */
export interface Naming {
  title: string;
  action: string;
  /** The name that the field has at first. Missing for a new team. */
  name?: string;
  /** Gives the name to the host. The dialog stays, with the reason, if this throws. */
  save(name: string): Promise<void>;
}

/** The dialog that asks for the name of a team. */
export function createNameDialog(): { open(naming: Naming): void } {
  const field = find('team-name-field', HTMLInputElement);
  const { open } = createFormDialog('team-name', (error) => describeRefusedName(error, 'badTeamName'));

  return {
    open({ title, action, name, save }) {
      find('team-name-title', HTMLElement).textContent = title;
      find('team-name-action', HTMLElement).textContent = action;
      find('team-name-text', HTMLElement).hidden = name !== undefined;
      field.value = name ?? '';
      open(() => save(field.value.trim()));
      field.select();
    },
  };
}

/** @param words what a name may be, if the host refuses a name */
export function describeRefusedName(error: unknown, words: 'badTeamName' | 'badLinkName'): string {
  const isName = error instanceof Error && 'code' in error && error.code === 'invalid_name';
  return isName ? text(words) : describeFailure(error).words;
}
