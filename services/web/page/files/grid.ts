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
  const cards = new Map<string, HTMLElement>();
  let isDue = false;

  function measure(): Layout {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const available = list.clientWidth;
    const isNarrow = available < NARROW_REM * rem;
    const gap = (isNarrow ? 0.75 : 1) * rem;
    const fitting = Math.floor((available + gap) / (CARD_REM * rem + gap));
    const columns = Math.max(isNarrow && available > 15 * rem ? 2 : 1, fitting);
    const width = (available - gap * (columns - 1)) / columns;
    return { columns, width, gap, rowHeight: width * 0.75 + BODY_REM * rem + gap };
  }

  function draw(): void {
    isDue = false;
    if (list.clientWidth === 0) return;
    const layout = measure();
    const { columns, rowHeight, gap } = layout;
    const rows = Math.ceil(entries.length / columns);
    list.style.height = `${Math.max(rows * rowHeight - gap, 0)}px`;
    const above = -list.getBoundingClientRect().top;
    // One screen more above, and one below.
    const first = Math.max(Math.floor((above - innerHeight) / rowHeight), 0) * columns;
    const end = Math.min(Math.ceil((above + 2 * innerHeight) / rowHeight) * columns, entries.length);
    const shown = new Set<number>();
    const held = indexes.get(keyOfCard(document.activeElement));
    if (held !== undefined && held < first) shown.add(held);
    for (let index = first; index < end; index++) shown.add(index);
    if (held !== undefined && held >= end) shown.add(held);
    place(shown, layout);
  }

  function place(shown: Set<number>, { columns, width, rowHeight, gap }: Layout): void {
    const wanted: HTMLElement[] = [];
    const kept = new Set<string>();
    for (const index of shown) {
      const entry = entries[index];
      if (!entry) continue;
      const key = keyOf(entry);
      kept.add(key);
      let card = cards.get(key);
      if (!card) {
        card = createCard(entry);
        card.dataset['key'] = key;
        cards.set(key, card);
      }
      const x = (index % columns) * (width + gap);
      card.style.width = `${width}px`;
      card.style.height = `${rowHeight - gap}px`;
      card.style.transform = `translate(${x}px, ${Math.floor(index / columns) * rowHeight}px)`;
      card.ariaSetSize = String(entries.length);
      card.ariaPosInSet = String(index + 1);
      wanted.push(card);
    }
    for (const [key, card] of cards) {
      if (kept.has(key)) continue;
      card.remove();
      cards.delete(key);
    }
    // A card that is in place already stays there, so nothing flickers.
    wanted.forEach((card, index) => {
      const there = list.children[index];
      if (there !== card) list.insertBefore(card, there ?? null);
    });
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
    entries: () => entries,
    /** The index of the card that contains an element; -1 outside. */
    indexOf: (element: Element | null): number => indexes.get(keyOfCard(element)) ?? -1,
    columns: () => measure().columns,
    /** Brings the card at an index onto the screen, and returns the card. */
    reveal(index: number): HTMLElement | undefined {
      const entry = entries[index];
      if (!entry) return undefined;
      const { columns, rowHeight, gap } = measure();
      const top = list.getBoundingClientRect().top + Math.floor(index / columns) * rowHeight;
      const end = top + rowHeight - gap;
      const edge = Number.parseFloat(getComputedStyle(list).scrollMarginTop);
      if (top < edge) scrollBy(0, top - edge);
      else if (end > innerHeight) scrollBy(0, end - innerHeight + gap);
      draw();
      return cards.get(keyOf(entry));
    },
    /** The cards that are in the document. */
    cards: () => list.children,
  };
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
