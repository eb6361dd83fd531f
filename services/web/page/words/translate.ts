import { language, plain } from './language.ts';

/**
 * Puts the person's language in place of the English words of index.html. `data-text` names a message, `data-label` an
 * accessible name.
 */
export function translatePage(root: Document): void {
  root.documentElement.lang = language;
  for (const element of root.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = plain(element.dataset['text']);
  }
  for (const element of root.querySelectorAll<HTMLElement>('[data-label]')) {
    const label = plain(element.dataset['label']);
    element.setAttribute('aria-label', label);
    if (element.hasAttribute('title')) element.title = label;
    if (element.hasAttribute('placeholder')) element.setAttribute('placeholder', label);
  }
}
