/** A place in the gallery, in pixels from its top left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where each entry of a gallery is. */
export interface Layout {
  height: number;
  boxOf(index: number): Box;
  /** The first index at or below `top`, and the end of those above `bottom`. */
  between(top: number, bottom: number): { first: number; end: number };
  /** The words above an entry that begins a part of the gallery. */
  headOf?(index: number): string | undefined;
  /** The index that an arrow up (-1) or down (1) leads to. */
  step(index: number, direction: 1 | -1): number;
}

/** The height of a row of the list, and of a tile's name and facts below its picture. gallery.css has the same. */
const LIST_ROW_REM = 3.25;
const WORDS_REM = 3.25;
const GAP_REM = 1;
const NARROW_GAP_REM = 0.75;

/** A narrower gallery has at least two tiles in a row, as on a phone. */
const NARROW_REM = 30;

/**
 * Tiles of the same size, as many in a row as fit.
 * @param rem the pixels of a rem
 */
export function tiles(
  count: number,
  { width, tile, rem }: { width: number; tile: number; rem: number },
): Layout {
  const isNarrow = width < NARROW_REM * rem;
  const gap = (isNarrow ? NARROW_GAP_REM : GAP_REM) * rem;
  const columns = Math.max(Math.floor((width + gap) / (tile + gap)), isNarrow && width > 15 * rem ? 2 : 1);
  const each = (width - gap * (columns - 1)) / columns;
  return rows(count, { columns, width: each, height: each * 0.75 + WORDS_REM * rem, gap });
}

/** One row for each entry. */
export function list(count: number, { width, rem }: { width: number; rem: number }): Layout {
  return rows(count, { columns: 1, width, height: LIST_ROW_REM * rem, gap: 0 });
}

interface Rows {
  columns: number;
  width: number;
  height: number;
  gap: number;
}

function rows(count: number, { columns, width, height, gap }: Rows): Layout {
  const pitch = height + gap;
  return {
    height: Math.max(Math.ceil(count / columns) * pitch - gap, 0),
    boxOf: (index) => ({
      x: (index % columns) * (width + gap),
      y: Math.floor(index / columns) * pitch,
      width,
      height,
    }),
    between(top, bottom) {
      const first = Math.max(Math.floor(top / pitch), 0) * columns;
      return { first, end: Math.min(Math.max(Math.ceil(bottom / pitch), 0) * columns, count) };
    },
    step: (index, direction) => index + direction * columns,
  };
}
