import { create, find, icon } from '../dom.ts';

/** The space between a menu and the edge of the screen, in pixels. */
const MARGIN = 8;

/** Puts each menu of index.html beside its button, and lets the arrow keys move in it. */
export function watchMenus(): void {
  const menuOf = ({ target }: Event) =>
    target instanceof Element ? target.closest<HTMLElement>('.menu') : undefined;
  document.addEventListener(
    'toggle',
    (event) => {
      const menu = menuOf(event);
      if (!menu || !(event instanceof ToggleEvent) || event.newState !== 'open') return;
      const button = document.querySelector(`[popovertarget="${menu.id}"]`);
      if (button) placeBeside(menu, button.getBoundingClientRect());
      if (menu.contains(document.activeElement)) return;
      const first = menu.querySelector<HTMLElement>('[aria-current]') ?? entriesOf(menu)[0];
      first?.focus();
    },
    true,
  );
  document.addEventListener('keydown', (event) => {
    const menu = menuOf(event);
    // In a list of choices, the arrows are the browser's own.
    if (!menu || event.target instanceof HTMLSelectElement) return;
    const entries = entriesOf(menu);
    const at = entries.findIndex((entry) => entry.matches(':focus'));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    entries.at(to % entries.length)?.focus();
    event.preventDefault();
  });
  document.addEventListener('click', (event) => {
    const { target } = event;
    const isEntry = target instanceof Element && target.closest('button:not(#sign-out), a');
    const menu = menuOf(event);
    if (isEntry && menu?.matches(':popover-open')) menu.hidePopover();
  });
  addEventListener('resize', () => document.querySelector<HTMLElement>('.menu:popover-open')?.hidePopover());
}

function entriesOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('a, button, select')].filter((entry) =>
    entry.checkVisibility(),
  );
}

/** Below the button, or above it where there is no room below. Never over the edge of the screen. */
function placeBeside(
  menu: HTMLElement,
  { left, top, bottom }: Pick<DOMRect, 'left' | 'top' | 'bottom'>,
): void {
  const { offsetWidth, offsetHeight } = menu;
  const below = bottom + 4;
  const fits = below + offsetHeight < innerHeight - MARGIN;
  menu.style.left = `${Math.max(Math.min(left, innerWidth - offsetWidth - MARGIN), MARGIN)}px`;
  menu.style.top = `${fits ? below : Math.max(top - 4 - offsetHeight, MARGIN)}px`;
}

/** One action of a menu. */
export interface MenuItem {
  words: string;
  icon: string;
  run(): unknown;
}

/** Opens the menu of actions at a place of the screen. */
export function openMenu(items: readonly MenuItem[], at: Pick<DOMRect, 'left' | 'top' | 'bottom'>): void {
  const menu = find('menu', HTMLElement);
  if (menu.matches(':popover-open')) menu.hidePopover();
  menu.replaceChildren(
    ...items.map(({ words, icon: name, run }) => {
      const button = create(
        'button',
        { type: 'button', role: 'menuitem', tabindex: '-1', 'data-icon': name },
        icon(name),
        words,
      );
      button.addEventListener('click', () => {
        // The focus goes back first, so a dialog that opens now gives it back to the same place.
        menu.hidePopover();
        run();
      });
      return button;
    }),
  );
  menu.showPopover();
  placeBeside(menu, at);
  // At once, because the next key may be an arrow, and `toggle` comes later.
  entriesOf(menu)[0]?.focus();
}
