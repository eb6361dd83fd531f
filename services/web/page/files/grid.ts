import { dateOf } from './entries.ts';
import type { Entry } from './kinds.ts';
import type { Box, Layout } from './layout.ts';

export type Grid = ReturnType<typeof createGrid>;

export interface GridOptions {
  createCard(entry: Entry): HTMLElement;
  /** Where each entry is in a gallery of this width, in pixels. */
  layOut(entries: readonly Entry[], width: number): Layout;
}

/**
 * Shows entries in their places. Only those near the screen are in the document, however many there are. A card with
 * the focus stays. Tab leads to one card: the one that had the focus last, or the first on the screen.
 */
export function createGrid(gallery: HTMLElement, { createCard, layOut }: GridOptions) {
  let entries: readonly Entry[] = [];
  let indexes = new Map<string, number>();
  let layout = layOut([], gallery.clientWidth);
  let current = '';
  const cards = createCards(gallery, createCard);

  function lay(): void {
    layout = layOut(entries, gallery.clientWidth);
    gallery.style.height = `${layout.height}px`;
    draw();
  }

  function draw(): void {
    // A hidden gallery has no width.
    if (gallery.clientWidth === 0) return;
    const above = -gallery.getBoundingClientRect().top;
    const held = indexes.get(keyOfCard(document.activeElement));
    const there = indexesOf(layout.between(above - innerHeight, above + 2 * innerHeight), held);
    cards.place(entries, there, layout);
    const known = indexes.get(current);
    const stop = there.find((index) => index === known);
    const entry = entries[stop ?? layout.between(above, above + innerHeight).first];
    if (entry) cards.letTabLeadTo(keyOf(entry));
  }

  // A browser sends one `scroll` in a frame.
  const drawSoon = () => requestAnimationFrame(draw);

  addEventListener('scroll', drawSoon);
  addEventListener('resize', drawSoon);
  new ResizeObserver(lay).observe(gallery);
  gallery.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof Element)) return;
    current = keyOfCard(target);
    // At once, because the next key may be Tab.
    cards.letTabLeadTo(current);
    drawSoon();
  });

  /** Brings the card at an index onto the screen, and gives it the focus. */
  function focus(index: number): void {
    const entry = entries[index];
    if (!entry) return;
    scrollToBox(gallery, layout.boxOf(index));
    draw();
    cards.of(entry)?.querySelector<HTMLElement>('.name')?.focus({ preventScroll: true });
  }

  return {
    show(next: readonly Entry[]): void {
      const hadFocus = indexes.get(keyOfCard(document.activeElement));
      entries = next;
      indexes = new Map(entries.map((entry, index) => [keyOf(entry), index]));
      lay();
      // The file with the focus is gone, so the next one gets it.
      if (hadFocus !== undefined && !gallery.contains(document.activeElement))
        focus(Math.min(hadFocus, entries.length - 1));
    },
    /** Lays the entries out anew. */
    lay,
    /** Drops all entries and their cards. */
    forget(): void {
      entries = [];
      cards.clear();
    },
    entries: () => entries,
    /** The index of the card that contains an element; -1 outside. */
    indexOf: (element: Element | null): number => indexes.get(keyOfCard(element)) ?? -1,
    step: (index: number, direction: 1 | -1) => layout.step(index, direction),
    focus,
    /** Gives the focus to the card that Tab leads to. */
    enter: () => gallery.querySelector<HTMLElement>('.name[tabindex="0"]')?.focus(),
    /** The cards that are in the document. */
    cards: () => gallery.children,
  };
}

/** The cards in the document. */
function createCards(gallery: HTMLElement, createCard: (entry: Entry) => HTMLElement) {
  const cards = new Map<string, HTMLElement>();
  let tabStop: HTMLElement | undefined;

  function cardOf(entry: Entry): HTMLElement {
    const key = keyOf(entry);
    const there = cards.get(key);
    if (there) return there;
    const card = createCard(entry);
    card.dataset['key'] = key;
    cards.set(key, card);
    return card;
  }

  return {
    of: (entry: Entry) => cards.get(keyOf(entry)),
    clear(): void {
      cards.clear();
      gallery.replaceChildren();
    },
    /** Puts the cards of these indexes into their places, and takes the others out of the document. */
    place(entries: readonly Entry[], shown: readonly number[], layout: Layout): void {
      const wanted = shown.flatMap((index) => {
        const entry = entries[index];
        if (!entry) return [];
        const card = cardOf(entry);
        moveTo(card, layout.boxOf(index));
        const head = layout.headOf?.(index);
        if (head === undefined) delete card.dataset['head'];
        else card.dataset['head'] = head;
        card.ariaSetSize = String(entries.length);
        card.ariaPosInSet = String(index + 1);
        return [card];
      });
      const kept = new Set(wanted);
      for (const [key, card] of cards) {
        if (kept.has(card)) continue;
        card.remove();
        cards.delete(key);
      }
      // A card that is in place already stays there, so nothing flickers.
      wanted.forEach((card, index) => {
        const there = gallery.children[index];
        if (there !== card) gallery.insertBefore(card, there ?? null);
      });
    },
    letTabLeadTo(key: string): void {
      const next = cards.get(key)?.querySelector<HTMLElement>('.name');
      if (!next) return;
      if (tabStop) tabStop.tabIndex = -1;
      next.tabIndex = 0;
      tabStop = next;
    },
  };
}

function moveTo(card: HTMLElement, { x, y, width, height }: Box): void {
  card.style.width = `${width}px`;
  card.style.height = `${height}px`;
  card.style.transform = `translate(${x}px, ${y}px)`;
}

/** The indexes near the screen, and that of the card with the focus, in order. */
function indexesOf({ first, end }: { first: number; end: number }, held: number | undefined): number[] {
  const near = Array.from({ length: Math.max(end - first, 0) }, (_, index) => first + index);
  if (held === undefined || (held >= first && held < end)) return near;
  return held < first ? [held, ...near] : [...near, held];
}

/** Scrolls as little as it takes to see a box. The bars of the page lie over the gallery's edges. */
function scrollToBox(gallery: HTMLElement, { y, height }: Box): void {
  const top = gallery.getBoundingClientRect().top + y;
  const { scrollMarginTop, scrollMarginBottom } = getComputedStyle(gallery);
  const above = Math.min(top - Number.parseFloat(scrollMarginTop), 0);
  const below = Math.max(top + height + Number.parseFloat(scrollMarginBottom) - innerHeight, 0);
  scrollBy({ top: above || below });
}

/** The key of a card. A card that shows something else has another key. */
function keyOf(entry: Entry): string {
  if (entry.kind === 'folder') return `${entry.path}\n${entry.count} ${entry.bytes} ${entry.date}`;
  const { url, name, thumbnailUrl = '', scan = '' } = entry.file;
  return `${url}\n${thumbnailUrl}\n${name}\n${entry.label}\n${scan}\n${dateOf(entry.file)}`;
}

function keyOfCard(element: Element | null): string {
  return element?.closest<HTMLElement>('[data-key]')?.dataset['key'] ?? '';
}
