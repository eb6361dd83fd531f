import { signal } from '@preact/signals';
import { libraryOf, type Owner } from '../files/library.ts';
import { limitOf, noteChange, session } from '../state.ts';
import { teams } from '../teams/owners.ts';
import { nameOf } from '../words/words.ts';
import { createUploads } from './uploads.ts';

/** Who had no room left for the last upload that failed. */
export const withoutRoom = signal<Owner | undefined>(undefined);

/** The uploads of the signed-in person. */
export const uploads = createUploads({
  isOpen: () => session.value !== undefined,
  present: (owner, name) => libraryOf(owner).get(name),
  async onUploaded({ owner }, { name, gone }) {
    const library = libraryOf(owner);
    if (gone !== undefined) library.drop(gone);
    // If this fails, the file is stored all the same.
    await library.look(name).catch(() => library.refresh());
  },
  onSettled: noteChange,
  limitOf,
  onFull(owner) {
    withoutRoom.value = owner;
  },
  nameOf: ({ team }) => (teams.value?.length ? nameOf(team) : ''),
});
