import { find } from '../dom.ts';
import { prefer, preferred } from '../preferences.ts';
import { text } from '../words/language.ts';
import type { Entry } from './card.ts';
import { type Layout, list, tiles } from './layout.ts';

/** In pixels. */
const USUAL_TILE = 200;

/**
 * How the gallery looks: tiles of a size, or a list. The person chooses it for all folders, and for the next visits.
 * @param onChange called when the entries have other places
 */
export function createLook(onChange: () => void) {
  const gallery = find('gallery', HTMLElement);
  const button = find('look', HTMLButtonElement);
  const size = find('tile-size', HTMLInputElement);
  let isList = preferred('look') === 'list';
  size.value = preferred('tile-size') ?? String(USUAL_TILE);

  function show(): void {
    gallery.classList.toggle('list', isList);
    for (const tilesOnly of [size, find('sort', HTMLElement)]) tilesOnly.hidden = isList;
    find('columns', HTMLElement).hidden = !isList;
    const label = text(isList ? 'asTiles' : 'asList');
    button.setAttribute('aria-label', label);
    button.title = label;
    button.querySelector('use')?.setAttribute('href', isList ? '#icon-grid' : '#icon-list');
  }

  button.addEventListener('click', () => {
    isList = !isList;
    prefer('look', isList ? 'list' : 'tiles');
    show();
    onChange();
  });
  size.addEventListener('input', () => {
    prefer('tile-size', size.value);
    onChange();
  });
  show();

  return {
    layOut(entries: readonly Entry[], width: number): Layout {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      return isList
        ? list(entries.length, { width, rem })
        : tiles(entries.length, { width, tile: size.valueAsNumber, rem });
    },
  };
}
