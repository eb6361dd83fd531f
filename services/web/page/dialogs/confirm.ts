import { find } from '../dom.ts';

/** Asks before an action that cannot be undone. */
export function confirm(question: { title: string; text: string; action: string }): Promise<boolean> {
  const dialog = find('confirm', HTMLDialogElement);
  find('confirm-title', HTMLElement).textContent = question.title;
  find('confirm-text', HTMLElement).textContent = question.text;
  find('confirm-action', HTMLElement).textContent = question.action;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'confirmed'), { once: true });
  });
}
