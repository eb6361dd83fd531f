import { announce } from '../dom.ts';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { hashOf, type Place } from './address.ts';
import type { Owner } from './library.ts';

/** Copies the address of a file or folder on this page. It opens for those who may see it, after a sign-in. */
export async function copyPlace({ team }: Owner, place: Pick<Place, 'folder' | 'file'>): Promise<void> {
  const link = new URL(hashOf({ team: team?.id, ...place }), location.origin).href;
  const said = team ? text('linkForTeam', { team: nameOf(team) }) : text('linkForYou');
  await navigator.clipboard.writeText(link).then(
    () => announce(said),
    () => announce(text('linkByHand', { link })),
  );
}
