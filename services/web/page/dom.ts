/** The element of the page with this id. Throws if the element is missing or of another kind. */
export function find<E extends Element>(id: string, kind: { new (): E; prototype: E }): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`#${id} is missing`);
  return found;
}

/** A new element. Strings become text, never markup. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: { [name: string]: string },
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of index.html. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

/** A button that shows an icon. `label` is its accessible name. */
export function iconButton(name: string, label: string, onClick: () => void): HTMLButtonElement {
  const attributes = { type: 'button', class: 'icon', title: label, 'aria-label': label };
  const button = create('button', attributes, icon(name));
  button.addEventListener('click', onClick);
  return button;
}

/** A button with words. `label` says more to people who do not see the things beside it. */
export function textButton(words: string, label: string, onClick: () => void): HTMLButtonElement {
  const button = create('button', { type: 'button', 'aria-label': label }, words);
  button.addEventListener('click', onClick);
  return button;
}

/** A button with words that begins work, as `onPress` does. */
export function workButton(words: string, label: string, work: () => Promise<void>): HTMLButtonElement {
  const button = create('button', { type: 'button', 'aria-label': label }, words);
  onPress(button, work);
  return button;
}

/**
 * A button begins work. If it submits a form, Enter in a field does too. A press during the work does nothing. The
 * button is not `disabled` meanwhile, because a browser takes the focus from a disabled button.
 * @param work never fails
 * @returns gives up the work under way, so that the next press counts
 */
export function onPress(button: HTMLButtonElement, work: () => Promise<void>): () => void {
  let underWay: symbol | undefined;
  const show = (next?: symbol) => {
    underWay = next;
    button.ariaDisabled = next ? 'true' : null;
  };
  const begin = async (event: Event) => {
    event.preventDefault();
    if (underWay) return;
    const mine = Symbol();
    show(mine);
    await work();
    if (mine === underWay) show();
  };
  if (button.form && button.type === 'submit') button.form.addEventListener('submit', begin);
  else button.addEventListener('click', begin);
  return show;
}

/** Says something at the top of the page that stays there. Without words, nothing is said. */
export function say(words: string): void {
  const notice = find('notice', HTMLElement);
  notice.textContent = words;
  notice.hidden = words === '';
}

/** Says that something has been done. The words appear at the edge of the page, and are read out. */
export function announce(words: string): void {
  find('status', HTMLElement).textContent = words;
  saidAtMs = Date.now();
}

/** Removes the words a while later, when the person goes on to something else. */
export function watchAnnouncements(): void {
  const LONG_ENOUGH_MS = 3_000;
  const forget = () => {
    if (Date.now() > saidAtMs + LONG_ENOUGH_MS) find('status', HTMLElement).textContent = '';
  };
  addEventListener('pointerdown', forget);
  addEventListener('keydown', forget);
}

let saidAtMs = 0;

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

/** Removes an element. If the focus was in it, the focus does not fall to the top of the page. */
export function removeRow(row: HTMLElement): void {
  const hadFocus = row.contains(document.activeElement);
  row.remove();
  if (hadFocus) focusAgain();
}

/** Puts the focus on the choice of files. Who may add none sees no choice, and gets the search. */
export function focusAgain(): void {
  const places = [find('file-input', HTMLElement), find('search', HTMLElement)];
  places.find((place) => place.checkVisibility())?.focus();
}
