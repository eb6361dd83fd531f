import { type Guest, openedLink, openLink } from '@cloudfront-cookie-gateway/client/guest';
import { leaveLink } from '@cloudfront-cookie-gateway/client/link-of-tab';
import { find, say } from '../dom.ts';
import { text } from '../words/language.ts';
import { createDoor } from './door.ts';
import { showGallery } from './gallery.ts';
import { showSending } from './sending.ts';

/** The page of somebody who has a link to a team's folder, and perhaps no account. */
const door = createDoor(async (password) => show(await openLink(password)), text('guestOverText'));
find('starting', HTMLElement).hidden = true;
const ownFiles = find('own-files', HTMLElement);
ownFiles.hidden = false;
ownFiles.addEventListener('click', leaveLink);
const opened = openedLink();
if (opened) show(opened);
else void door.open();

function show(guest: Guest): void {
  const { role } = guest.link;
  const clear = role === 'viewer' ? showGallery(guest) : showSending(guest);
  find('content', HTMLElement).hidden = false;
  guest.on('session', () => {
    if (find('notice', HTMLElement).textContent === text('unreachable')) say('');
  });
  guest.on('expired', () => say(text('unreachable')));
  guest.on('signedout', () => {
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    say('');
    clear();
    door.close();
  });
}
