import { find } from '../dom.ts';
import { copyLink } from '../files/share.ts';
import { text } from '../words/language.ts';

/**
 * The address that was made last. Its secret is shown only once.
 * @param id names the part of a dialog, with `-link` after it, and its elements, with `-url`, `-copy` and `-until`
 * @param trouble where the page says that the browser forbids copying
 */
export function createNewAddress(id: string, trouble: HTMLElement) {
  const part = find(`${id}-link`, HTMLElement);
  const url = find(`${id}-url`, HTMLInputElement);
  const copy = find(`${id}-copy`, HTMLButtonElement);
  let shown = '';
  copy.addEventListener('click', () => void copyLink(url, { copy, trouble }));

  function hide(): void {
    shown = '';
    url.value = '';
    part.hidden = true;
  }

  return {
    /** @param words for whom it is, and how long */
    show(made: { id: string; url: string }, words: string): void {
      shown = made.id;
      url.value = made.url;
      copy.textContent = text('copy');
      find(`${id}-until`, HTMLElement).textContent = words;
      part.hidden = false;
      copy.focus();
    },
    hide,
    /** What had this id has ended. */
    end(endedId: string): void {
      if (endedId === shown) hide();
    },
  };
}
