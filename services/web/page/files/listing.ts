import { computed, effect, signal } from '@preact/signals';
import { preferred } from '../preferences.ts';
import { owner } from '../state.ts';
import type { Place } from './address.ts';
import { arrange, sortOf } from './entries.ts';
import { address, go } from './history.ts';
import type { Entry } from './kinds.ts';
import { libraryOf } from './library.ts';
import { photosOf } from './photos.ts';
import { selection } from './selection.ts';

/** The folder or view that is listed. A file that a search has found may be in a folder below it. */
export const listed = signal<Place>({ folder: '' });

export const sort = signal(sortOf(preferred('sort')));

/** The files and folders of the listed place, in their order. */
export const entries = computed<Entry[]>(() => {
  if (!owner.value) return [];
  const all = libraryOf(owner.value).all();
  const { view, folder, query = '' } = listed.value;
  return view === 'photos' ? photosOf(all, query) : arrange(all, { folder, query, sort: sort.value });
});

export const listedFiles = computed(() =>
  entries.value.flatMap((entry) => (entry.kind === 'file' ? [entry.file] : [])),
);

effect(() => {
  const { view, team, folder, file, query } = address.value;
  const now = listed.peek();
  const isSame = team === now.team && view === now.view && folder === now.folder && query === now.query;
  const isListed = team === now.team && listedFiles.peek().some(({ name }) => name === file);
  if (isSame || isListed) return;
  selection.clear();
  listed.value = { view, team, folder, query };
  scrollTo({ top: 0 });
});

/** What is selected stays so during a search. */
export function search(query: string): void {
  listed.value = { ...listed.peek(), query: query || undefined };
  go(listed.peek(), 'replace');
}

/** New files are then seen first. */
export function showNewest(): void {
  const { view, team, folder } = listed.peek();
  sort.value = 'newest';
  listed.value = { view: view === 'shared' ? undefined : view, team, folder };
  go(listed.peek(), 'replace');
  scrollTo({ top: 0 });
}
