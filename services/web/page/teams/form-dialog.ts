import { find, onPress } from '../dom.ts';

/**
 * A dialog with a form. It closes when the work of its button is done. If the work fails, it stays, and says why.
 * @param id the dialog's. Its parts have `-action`, `-cancel` and `-trouble` after it
 * @param describe the reason of a failure in words for the person
 */
export function createFormDialog(id: string, describe: (error: unknown) => string) {
  const dialog = find(id, HTMLDialogElement);
  const trouble = find(`${id}-trouble`, HTMLElement);
  let save: (() => Promise<void>) | undefined;

  const giveUp = onPress(find(`${id}-action`, HTMLButtonElement), async () => {
    const mine = save;
    trouble.textContent = '';
    try {
      await mine?.();
      if (mine === save) dialog.close();
    } catch (error) {
      if (mine === save) trouble.textContent = describe(error);
    }
  });
  find(`${id}-cancel`, HTMLElement).addEventListener('click', () => dialog.close());

  return {
    /** @param wanted what the button does, a function of its own for each time */
    open(wanted: () => Promise<void>): void {
      save = wanted;
      giveUp();
      trouble.textContent = '';
      dialog.showModal();
    },
  };
}
