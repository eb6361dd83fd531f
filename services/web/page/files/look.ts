import { create, find } from '../dom.ts';
import { prefer, preferred } from '../preferences.ts';
import { text } from '../words/language.ts';
import type { View } from './address.ts';
import type { Entry, FileEntry } from './card.ts';
import { type Layout, list, tiles } from './layout.ts';
import { justified, type Month } from './photos.ts';

/** In pixels. */
const USUAL_TILE = '200';
const PHOTO_GAP = 4;
const MONTH_REM = 3;

/**
 * How the gallery looks: tiles of a size, a list, or photos in rows. The person chooses the first two for all folders, and
 * for the next visits.
 * @param onChange called when the entries have other places
 */
export function createLook(onChange: () => void) {
  const gallery = find('gallery', HTMLElement);
  const button = find('look', HTMLButtonElement);
  const size = find('tile-size', HTMLInputElement);
  let isList = preferred('look') === 'list';
  let isPhotos = false;
  let months: readonly Month[] = [];
  size.value = preferred('tile-size') ?? USUAL_TILE;

  function show(): void {
    const isRows = isList && !isPhotos;
    gallery.classList.toggle('list', isRows);
    gallery.classList.toggle('photos', isPhotos);
    size.hidden = isRows;
    find('sort', HTMLElement).hidden = isPhotos;
    find('months', HTMLElement).hidden = !isPhotos;
    button.hidden = isPhotos;
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
  addEventListener('scroll', () => requestAnimationFrame(() => markMonth(gallery, months)));
  show();

  return {
    /** Takes the look of a view. */
    show(view: View | undefined): void {
      isPhotos = view === 'photos';
      show();
    },
    layOut(entries: readonly Entry[], width: number): Layout {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      if (isPhotos) {
        const files = entries.filter((entry): entry is FileEntry => entry.kind === 'file');
        const head = MONTH_REM * rem;
        const layout = justified(files, { width, rowHeight: size.valueAsNumber, gap: PHOTO_GAP, head });
        months = layout.months;
        showMonths(gallery, months);
        return layout;
      }
      return isList
        ? list(entries.length, { width, rem })
        : tiles(entries.length, { width, tile: size.valueAsNumber, rem });
    },
  };
}

/** The months at the side, each as a way to its pictures. */
function showMonths(gallery: HTMLElement, months: readonly Month[]): void {
  const places = find('months', HTMLElement);
  const names = months.map(({ name }) => name).join();
  places.onclick = ({ target }) => {
    const buttons = [...places.querySelectorAll('button')];
    const month = months[buttons.findIndex((each) => target instanceof Node && each.contains(target))];
    if (!month) return;
    const edge = Number.parseFloat(getComputedStyle(gallery).scrollMarginTop);
    scrollBy({ top: gallery.getBoundingClientRect().top + month.y - edge });
  };
  if (places.dataset['names'] !== names) {
    places.dataset['names'] = names;
    places.replaceChildren(...months.map(({ name }) => create('button', { type: 'button' }, name)));
  }
  markMonth(gallery, months);
}

/** Marks the month that is at the top of the screen, and brings it into view among the others. */
function markMonth(gallery: HTMLElement, months: readonly Month[]): void {
  const places = find('months', HTMLElement);
  if (places.hidden) return;
  const edge = Number.parseFloat(getComputedStyle(gallery).scrollMarginTop) + 1;
  const top = edge - gallery.getBoundingClientRect().top;
  const at = Math.max(months.filter(({ y }) => y <= top).length - 1, 0);
  for (const [index, button] of [...places.querySelectorAll('button')].entries()) {
    const isHere = index === at;
    if (isHere === (button.ariaCurrent === 'true')) continue;
    button.ariaCurrent = isHere ? 'true' : null;
    if (!isHere) continue;
    places.scrollTo({ top: button.offsetTop - (places.clientHeight - button.offsetHeight) / 2 });
  }
}
