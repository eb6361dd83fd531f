import { type Guest, openedLink, openLink } from '@cloudfront-cookie-gateway/client/guest';
import { leaveLink } from '@cloudfront-cookie-gateway/client/link-of-tab';
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { find, notice, say } from '../dom.ts';
import { Files } from '../files/files.tsx';
import { address, go } from '../files/history.ts';
import { forgetFiles, libraryOf } from '../files/library.ts';
import { Viewer } from '../files/viewer.tsx';
import { Frame, Heading, OwnFiles, Search, TeamLine } from '../shell/frame.tsx';
import { owner } from '../state.ts';
import { formatMinute, text } from '../words/language.ts';
import { Door } from './door.tsx';
import { createSending, Sending } from './sending.tsx';

/** The page of somebody who has a link to a team's folder, and perhaps no account. */
const opened = signal<Guest | undefined>(undefined);
const sending = signal<ReturnType<typeof createSending> | undefined>(undefined);
const isOver = signal(false);

function show(guest: Guest): void {
  opened.value = guest;
  if (guest.link.role === 'viewer') showFiles(guest);
  else sending.value = createSending(guest);
  guest.on('session', () => {
    if (notice.peek() === text('unreachable')) say('');
  });
  guest.on('expired', () => say(text('unreachable')));
  guest.on('signedout', () => {
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    say('');
    owner.value = undefined;
    forgetFiles();
    opened.value = undefined;
    isOver.value = true;
  });
}

/** Shows the team's files, as a viewer of the team sees them. */
function showFiles(guest: Guest): void {
  const { team } = guest.link;
  const prefix = `/teams/${team.id}/`;
  owner.value = { ...guest, team: { ...team, prefix, role: 'viewer', kind: 'made' } };
  guest.watchImages();
  void libraryOf(owner.value).refresh();
  effect(() => {
    if (address.value.team !== team.id) go({ team: team.id, folder: '' }, 'replace');
  });
}

function GuestPage() {
  const guest = opened.value;
  const isViewer = guest?.link.role === 'viewer';
  const open = async (password?: string) => show(await openLink(password));
  return (
    <>
      <Frame
        tools={
          <>
            {isViewer && <Search />}
            <OwnFiles onClick={leaveLink} />
          </>
        }
      >
        {!guest && (
          <Door key={`${isOver}`} open={open} isOver={isOver.value} overText={text('guestOverText')} />
        )}
        {guest && sending.value && <Sending {...sending.value} />}
        {guest && isViewer && (
          <div id="content">
            <Heading />
            <TeamLine words={text('guestUntil', { date: formatMinute(guest.link.expiresAt) })} />
            <Files />
          </div>
        )}
      </Frame>
      <Viewer />
    </>
  );
}

const former = openedLink();
if (former) show(former);
render(<GuestPage />, find('app', HTMLElement));
