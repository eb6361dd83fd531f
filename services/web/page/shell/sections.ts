import { find } from '../dom.ts';
import { hashOf, type Place } from '../files/address.ts';
import type { Owner } from '../files/library.ts';
import { plain, text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';

/** The section of the page that each view has. */
const SECTIONS = { files: 'files', photos: 'files', shared: 'shared' } as const;

/** Shows the section of a place, marks the place in the rail, and names it in the title of the tab. */
export function showPlace(place: Place, owner: Owner): void {
  const { view = 'files', team } = place;
  for (const id of ['files', 'shared'] as const) find(id, HTMLElement).hidden = SECTIONS[view] !== id;
  for (const each of ['files', 'photos', 'shared'] as const) {
    const isHere = each === view && team === undefined;
    find(`to-${each}`, HTMLElement).ariaCurrent = isHere ? 'page' : null;
  }
  const photos = find('team-photos', HTMLAnchorElement);
  photos.href = hashOf({ view: 'photos', team, folder: '' });
  photos.hidden = team === undefined || view === 'photos';
  find('switch-button', HTMLElement).classList.toggle('current', team !== undefined);
  find('heading', HTMLElement).textContent = view === 'files' ? nameOf(owner.team) : plain(view);
  document.title = titleOf(place, owner);
}

/** The search, the folder or view, and the team, from the nearest to the farthest. */
function titleOf({ view, folder, query }: Place, { team }: Owner): string {
  const parts = [
    ...(query === undefined ? [] : [text('searchFor', { query })]),
    ...(view ? [plain(view)] : []),
    ...folder.split('/').slice(-2, -1),
    ...(team ? [team.name] : []),
    text('title'),
  ];
  return parts.join(' – ');
}
