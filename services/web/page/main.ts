import { parseRedirect, type Session } from '../client/answers.ts';
import { createSessionKeeper, type SessionState } from '../client/session.ts';
import { keepsSecureCookies } from './cookie-probe.ts';
import { find } from './dom.ts';
import { createGallery } from './gallery.ts';
import { watchFiles } from './picker.ts';
import { createUploads } from './uploads.ts';
import { describeCookieRefusal } from './words.ts';

const notice = find('notice', HTMLElement);
const signOutButton = find('sign-out', HTMLButtonElement);
let session: Session | undefined;

const keeper = createSessionKeeper({
  fetch: (path, init) => fetch(path, init),
  now: Date.now,
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  onState,
});

const gallery = createGallery({
  list: find('gallery', HTMLElement),
  empty: find('empty', HTMLElement),
  more: find('more', HTMLButtonElement),
  trouble: find('trouble', HTMLElement),
  request: keeper.request,
  renew: keeper.renew,
});

const uploads = createUploads({
  list: find('uploads', HTMLElement),
  request: keeper.request,
  onUploaded: gallery.refresh,
});

function onState(state: SessionState): void {
  switch (state.kind) {
    case 'signed-in':
      say('');
      if (!session) showSignedIn(state.session);
      session = state.session;
      break;
    case 'signed-out':
      session = undefined;
      showSignedOut(state.ended);
      break;
    case 'account-changed':
      location.reload();
      break;
    case 'unreachable':
      say('The server does not answer. Trying again…');
      break;
  }
}

function showSignedIn({ user }: Session): void {
  find('user-name', HTMLElement).textContent = user.name ?? user.email ?? user.id;
  showView(true);
  gallery.refresh();
}

function showSignedOut(ended: boolean): void {
  gallery.clear();
  uploads.signedOut();
  showView(false);
  if (!keepsSecureCookies()) say(describeCookieRefusal(location.origin));
  else say(ended ? 'You have been signed out. Sign in again to go on.' : '');
}

function showView(isSignedIn: boolean): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-view]')) {
    part.hidden = (part.dataset['view'] === 'signed-in') !== isSignedIn;
  }
}

function say(words: string): void {
  notice.textContent = words;
  notice.hidden = words === '';
}

async function signOut({ files }: Session): Promise<void> {
  signOutButton.disabled = true;
  await keeper.stop();
  // Its answer clears the browser's cache of the files host; where it fails, signing out goes on.
  await fetch(`${files.origin}${files.prefix}?clear`, {
    mode: 'no-cors',
    credentials: 'include',
    signal: AbortSignal.timeout(3_000),
  }).catch(() => undefined);
  try {
    location.assign(parseRedirect(await keeper.request('POST', '/auth/logout')));
  } catch {
    await keeper.start();
    if (session) say('Signing out did not work. Try it again.');
  }
  signOutButton.disabled = false;
}

signOutButton.addEventListener('click', () => {
  if (session) void signOut(session);
});
watchFiles(
  () => session !== undefined,
  (files) => uploads.add(files),
);
for (const type of ['pointerdown', 'keydown', 'wheel']) {
  addEventListener(type, keeper.noteInteraction, { passive: true });
}
addEventListener('online', () => void keeper.renewIfDue());
addEventListener('pageshow', (event) => {
  // A page out of the back/forward cache may show the files of somebody who has signed out since.
  if (event.persisted) location.reload();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void keeper.renewIfDue();
});
void keeper.start();
