/** The element of the page with this id; throws where it is missing or of another kind. */
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

/** A button that shows an icon of index.html; `label` is what it is called. */
export function iconButton(icon: string, label: string, onClick: () => void): HTMLButtonElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${icon}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  const button = create('button', { type: 'button', class: 'icon', title: label, 'aria-label': label }, svg);
  button.addEventListener('click', onClick);
  return button;
}

/** A button of words; `label` says more to those who do not see what it stands beside. */
export function textButton(words: string, label: string, onClick: () => void): HTMLButtonElement {
  const button = create('button', { type: 'button', 'aria-label': label }, words);
  button.addEventListener('click', onClick);
  return button;
}

/** Says that something has been done: seen below the uploads, and read out. */
export function announce(words: string): void {
  find('status', HTMLElement).textContent = words;
}

/** Takes an element away. Focus that was in it goes on to the choice of files, and not to the top of the page. */
export function removeRow(row: HTMLElement): void {
  const hadFocus = row.contains(document.activeElement);
  row.remove();
  if (hadFocus) find('file-input', HTMLElement).focus();
}
