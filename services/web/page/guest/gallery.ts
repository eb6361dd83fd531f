import type { Guest } from '@cloudfront-cookie-gateway/client/guest';
import { find } from '../dom.ts';
import { createBrowse } from '../files/browse.ts';
import { go } from '../files/history.ts';
import type { Owner } from '../files/library.ts';
import { showPlace } from '../shell/sections.ts';
import { describeOwner } from '../teams/teams.tsx';
import { formatMinute, text } from '../words/language.ts';
import { showLine } from './line.ts';

/** Shows the team's files, as a viewer of the team sees them. @returns what removes them from the page */
export function showGallery(guest: Guest): () => void {
  const { team, expiresAt } = guest.link;
  const prefix = `/teams/${team.id}/`;
  const owner: Owner = { ...guest, team: { ...team, prefix, role: 'viewer', kind: 'made' } };
  const nothing = () => {};
  const browse = createBrowse(
    { own: owner, of: (id) => (id === team.id ? owner : undefined) },
    {
      ...{ share: nothing, replace: nothing, addThumbnail: nothing, onEnter: nothing },
      ...{ rename: nothing, move: nothing, copy: nothing, versions: nothing, delete: async () => {} },
      ...{ moveInto: nothing, shareFolder: nothing },
      onStranger() {
        go({ team: team.id, folder: '' }, 'replace');
        browse.follow();
      },
      onPlace: (place) => showPlace(place, owner),
    },
  );
  describeOwner(owner);
  const search = find('search-box', HTMLElement);
  search.hidden = false;
  showLine(text('guestUntil', { date: formatMinute(expiresAt) }));
  guest.watchImages();
  browse.follow();
  return () => {
    find('content', HTMLElement).hidden = true;
    search.hidden = true;
    browse.clear();
  };
}
