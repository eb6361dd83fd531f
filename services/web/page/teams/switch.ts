import { create, find } from '../dom.ts';
import { hashOf } from '../files/address.ts';
import type { Owner } from '../files/library.ts';
import { plain } from '../words/language.ts';
import { nameOf } from '../words/words.ts';

/** The teams in the rail. On a phone they are the menu of a button. */
export function createSwitch(onNew: () => void): { show(owners: readonly Owner[], shown: Owner): void } {
  for (const id of ['team-new', 'new-team']) find(id, HTMLElement).addEventListener('click', onNew);

  return {
    /** @param owners the teams */
    show(owners, shown) {
      const entries = owners.map((owner) => createEntry(owner, owner === shown));
      find('switch-list', HTMLElement).replaceChildren(...entries);
    },
  };
}

function createEntry({ team }: Owner, isShown: boolean): HTMLLIElement {
  const here: { 'aria-current'?: string } = isShown ? { 'aria-current': 'page' } : {};
  const link = create(
    'a',
    { href: hashOf({ team: team?.id, folder: '' }), ...here },
    create('span', { class: 'name' }, nameOf(team)),
  );
  if (team) link.append(' ', create('span', { class: 'quiet' }, plain(team.role)));
  return create('li', {}, link);
}
