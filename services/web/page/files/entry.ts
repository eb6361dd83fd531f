import type { ListedFile } from '../../client/gateway.ts';
import type { Arranged, ArrangedFile } from './arrange.ts';

/** A card's place in the gallery. */
export type Entry = Arranged<ListedFile>;
export type FileEntry = ArrangedFile<ListedFile>;
