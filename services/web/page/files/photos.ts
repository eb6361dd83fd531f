import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { formatMonth } from '../words/language.ts';
import { dateOf, searchable } from './entries.ts';
import type { FileEntry } from './kinds.ts';
import { isShown } from './kinds.ts';
import type { Box, Layout } from './layout.ts';

/** All pictures and films that browsers show, the newest first. @param query a part of their names */
export function photosOf(files: Iterable<ListedFile>, query: string): FileEntry[] {
  const wanted = searchable(query);
  return (
    [...files]
      .filter(
        (file) => ['image', 'video'].includes(mediaTypeOf(file.type).split('/')[0] ?? '') && isShown(file),
      )
      .filter(({ name }) => searchable(name).includes(wanted))
      // A date may have a time zone of its own.
      .sort((a, b) => Date.parse(dateOf(b)) - Date.parse(dateOf(a)))
      .map((file) => ({ kind: 'file', file, label: file.name }))
  );
}

export interface PhotosOptions {
  /** In pixels, as all below. */
  width: number;
  /** The height of a row before it fills the width. */
  rowHeight: number;
  gap: number;
  /** The room for the name of a month. */
  head: number;
}

/** A month, and where it begins. */
export interface Month {
  name: string;
  y: number;
}

interface Row {
  first: number;
  end: number;
  y: number;
  height: number;
}

/** Rows as wide as the gallery, in which each picture keeps its shape. Each month begins with its name. */
export function justified(
  entries: readonly FileEntry[],
  { width, rowHeight, gap, head }: PhotosOptions,
): Layout & { months: Month[] } {
  const boxes: Box[] = [];
  const rows: Row[] = [];
  const months: Month[] = [];
  const heads = new Map<number, string>();
  let y = 0;

  /** @param isFull whether the pictures fill the row */
  function close(first: number, end: number, isFull: boolean): void {
    const shapes = entries.slice(first, end).map(({ file }) => shapeOf(file));
    const sum = shapes.reduce((all, each) => all + each, 0);
    const height = isFull ? (width - gap * (shapes.length - 1)) / sum : rowHeight;
    let x = 0;
    for (const shape of shapes) {
      boxes.push({ x, y, width: shape * height, height });
      x += shape * height + gap;
    }
    rows.push({ first, end, y, height });
    y += height + gap;
  }

  for (let at = 0; at < entries.length; ) {
    const name = monthOf(entries[at]);
    months.push({ name, y });
    heads.set(at, name);
    y += head;
    let first = at;
    let taken = 0;
    for (let entry = entries[at]; entry && monthOf(entry) === name; entry = entries[++at]) {
      taken += shapeOf(entry.file) * rowHeight + gap;
      if (taken - gap < width) continue;
      close(first, at + 1, true);
      first = at + 1;
      taken = 0;
    }
    if (first < at) close(first, at, false);
  }

  const boxOf = (index: number) => boxes[index] ?? { x: 0, y: 0, width: 0, height: 0 };
  const rowOf = (index: number) => rows.findIndex(({ end }) => index < end);
  return {
    height: Math.max(y - gap, 0),
    months,
    boxOf,
    headOf: (index) => heads.get(index),
    between(top, bottom) {
      const near = rows.filter((row) => row.y + row.height > top && row.y - head < bottom);
      return { first: near[0]?.first ?? 0, end: near.at(-1)?.end ?? 0 };
    },
    step(index, direction) {
      const row = rows[rowOf(index) + direction];
      if (!row) return index;
      const middleOf = (at: number) => boxOf(at).x + boxOf(at).width / 2;
      const distance = (at: number) => Math.abs(middleOf(at) - middleOf(index));
      let nearest = row.first;
      for (let at = row.first; at < row.end; at++) if (distance(at) < distance(nearest)) nearest = at;
      return nearest;
    },
  };
}

/** Width by height. A file without both is square, and no picture is so thin that nobody sees it. */
function shapeOf({ width, height }: ListedFile): number {
  return width && height ? Math.min(Math.max(width / height, 0.4), 3) : 1;
}

function monthOf(entry: FileEntry | undefined): string {
  return entry ? formatMonth(dateOf(entry.file)) : '';
}
