import type { Entry } from './card.ts';

/** In rem: the smallest width of a card, and the height below its picture. gallery.css has the same height. */
const CARD_REM = 13;
const BODY_REM = 9;
/** A narrower list has two columns, in the width that there is. */
const NARROW_REM = 30;

export type Grid = ReturnType<typeof createGrid>;

interface Layout {
  columns: number;
  width: number;
  /** The height of a row, with the gap below it. */
  rowHeight: number;
  gap: number;
}

/**
 * Shows entries as cards in rows. Only the rows near the screen are in the document, however many there are. A card
 * with the focus stays.
 */
export function createGrid(list: HTMLElement, createCard: (entry: Entry) => HTMLElement) {
  let entries: readonly Entry[] = [];
  let indexes = new Map<string, number>();
  const cards = createCards(list, createCard);
  let isDue = false;

  function draw(): void {
    isDue = false;
    if (list.clientWidth === 0) return;
    const layout = measure(list);
    const { columns, rowHeight, gap } = layout;
    const rows = Math.ceil(entries.length / columns);
    list.style.height = `${Math.max(rows * rowHeight - gap, 0)}px`;
    const above = -list.getBoundingClientRect().top;
    const held = indexes.get(keyOfCard(document.activeElement));
    cards.place(entries, indexesNearScreen(above, layout, entries.length, held), layout);
  }

  function drawSoon(): void {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  }

  addEventListener('scroll', drawSoon, { passive: true });
  addEventListener('resize', drawSoon);
  new ResizeObserver(drawSoon).observe(list);

  return {
    show(next: readonly Entry[]): void {
      entries = next;
      indexes = new Map(entries.map((entry, index) => [keyOf(entry), index]));
      draw();
    },
    /** Drops all entries and their cards. */
    forget(): void {
      entries = [];
      indexes = new Map();
      cards.clear();
    },
    entries: () => entries,
    /** The index of the card that contains an element; -1 outside. */
    indexOf: (element: Element | null): number => indexes.get(keyOfCard(element)) ?? -1,
    columns: () => measure(list).columns,
    /** Brings the card at an index onto the screen, and gives it the focus. */
    focus(index: number): void {
      const entry = entries[index];
      if (!entry) return;
      scrollToCard(list, index);
      draw();
      cards.of(entry)?.querySelector<HTMLElement>('.name')?.focus({ preventScroll: true });
    },
    /** The cards that are in the document. */
    cards: () => list.children,
  };
}

/** The cards in the document. */
function createCards(list: HTMLElement, createCard: (entry: Entry) => HTMLElement) {
  const cards = new Map<string, HTMLElement>();

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
      list.replaceChildren();
    },
    /** Puts the cards of these indexes into their places, and takes the others out of the document. */
    place(entries: readonly Entry[], shown: readonly number[], layout: Layout): void {
      const wanted = shown.flatMap((index) => {
        const entry = entries[index];
        if (!entry) return [];
        const card = cardOf(entry);
        moveTo(card, index, layout);
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
        const there = list.children[index];
        if (there !== card) list.insertBefore(card, there ?? null);
      });
    },
  };
}

function moveTo(card: HTMLElement, index: number, { columns, width, rowHeight, gap }: Layout): void {
  const x = (index % columns) * (width + gap);
  card.style.width = `${width}px`;
  card.style.height = `${rowHeight - gap}px`;
  card.style.transform = `translate(${x}px, ${Math.floor(index / columns) * rowHeight}px)`;
}

function measure(list: HTMLElement): Layout {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const available = list.clientWidth;
  const isNarrow = available < NARROW_REM * rem;
  const gap = (isNarrow ? 0.75 : 1) * rem;
  const fitting = Math.floor((available + gap) / (CARD_REM * rem + gap));
  const columns = Math.max(isNarrow && available > 15 * rem ? 2 : 1, fitting);
  const width = (available - gap * (columns - 1)) / columns;
  return { columns, width, gap, rowHeight: width * 0.75 + BODY_REM * rem + gap };
}

/**
 * The cards on the screen, on one screen more above and one below, and the card with the focus, in order.
 * @param above the pixels of the list that are above the screen
 * @param held the index of the card with the focus
 */
function indexesNearScreen(above: number, layout: Layout, count: number, held: number | undefined): number[] {
  const { columns, rowHeight } = layout;
  const first = Math.max(Math.floor((above - innerHeight) / rowHeight), 0) * columns;
  const end = Math.min(Math.ceil((above + 2 * innerHeight) / rowHeight) * columns, count);
  const near = Array.from({ length: Math.max(end - first, 0) }, (_, index) => first + index);
  if (held === undefined || (held >= first && held < end)) return near;
  return held < first ? [held, ...near] : [...near, held];
}

function scrollToCard(list: HTMLElement, index: number): void {
  const { columns, rowHeight, gap } = measure(list);
  const top = list.getBoundingClientRect().top + Math.floor(index / columns) * rowHeight;
  const end = top + rowHeight - gap;
  const edge = Number.parseFloat(getComputedStyle(list).scrollMarginTop);
  if (top < edge) scrollBy(0, top - edge);
  else if (end > innerHeight) scrollBy(0, end - innerHeight + gap);
}

/** The key of a card. A card that shows something else has another key. */
function keyOf(entry: Entry): string {
  if (entry.kind === 'folder') return `${entry.path}\n${entry.count} ${entry.bytes} ${entry.lastModified}`;
  const { url, name, thumbnailUrl = '' } = entry.file;
  return `${url}\n${thumbnailUrl}\n${name}\n${entry.label}`;
}

function keyOfCard(element: Element | null): string {
  return element?.closest<HTMLElement>('[data-key]')?.dataset['key'] ?? '';
}
