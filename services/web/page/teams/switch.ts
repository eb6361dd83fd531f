import { create, find } from '../dom.ts';
import { hashOf } from '../files/address.ts';
import type { Owner } from '../files/library.ts';
import { plain, text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';

/** The button of the header that says whose files the page shows, and the menu of the others. */
export function createSwitch(onNew: () => void): { show(owners: readonly Owner[], shown: Owner): void } {
  const button = find('switch-button', HTMLButtonElement);
  const menu = find('switch-menu', HTMLElement);
  const list = find('switch-list', HTMLElement);

  /** Puts the menu below its button, and not over the edge of the screen. */
  function place(): void {
    const { left, bottom } = button.getBoundingClientRect();
    menu.style.left = `${Math.max(Math.min(left, innerWidth - menu.offsetWidth - 8), 8)}px`;
    menu.style.top = `${bottom + 4}px`;
  }

  menu.addEventListener('toggle', (event) => {
    if (!(event instanceof ToggleEvent) || event.newState !== 'open') return;
    place();
    list.querySelector<HTMLElement>('[aria-current]')?.focus();
  });
  addEventListener('resize', place);
  list.addEventListener('click', () => menu.hidePopover());
  find('team-new', HTMLElement).addEventListener('click', () => {
    menu.hidePopover();
    onNew();
  });

  return {
    /** @param owners all whose files the person can see */
    show(owners, shown) {
      const name = nameOf(shown.team);
      find('switch-name', HTMLElement).textContent = name;
      button.title = name;
      button.setAttribute('aria-label', text('switchFrom', { name }));
      list.replaceChildren(...owners.map((owner) => createEntry(owner, owner === shown)));
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
