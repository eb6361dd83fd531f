import { ApiError, createGateway, type ListedFile, type Session } from '@cloudfront-cookie-gateway/client';
import { announce, confirm, find, watchAnnouncements } from './dom.ts';
import { createBrowse } from './files/browse.ts';
import type { Owner } from './files/library.ts';
import { createShareDialog } from './files/share.ts';
import { createSessions, createShares, createUsage } from './lists.ts';
import { createQueue } from './uploads/batch.ts';
import { pickReplacement, watchFiles } from './uploads/picker.ts';
import { createUploads } from './uploads/uploads.ts';
import { text } from './words/language.ts';
import { setServerTime, translatePage } from './words/shown.ts';
import { describeCookieRefusal, describeFailure } from './words/words.ts';

/** The number of thumbnails that are made at once. Files that this page did not upload may lack one. */
const MAX_DRAWN_AT_ONCE = 2;

translatePage(document);
const gateway = createGateway();
/** Whose files the page shows. Every part gets them from here. */
const owner: Owner = gateway;
const drawLater = createQueue(MAX_DRAWN_AT_ONCE);
const shares = createShares(owner);
const sessions = createSessions(gateway);
const usage = createUsage(owner);
const shareDialog = createShareDialog(owner, () => void shares.refresh());
/** Each file gets one try at a thumbnail, but its card asks each time when it comes onto the screen. */
const drawn = new Set<string>();
const browse = createBrowse(owner, {
  share: ({ name }) => shareDialog.open(name),
  replace: ({ name, type }) => pickReplacement(type, (file) => uploads.replace(file, name)),
  addThumbnail(file) {
    if (drawn.has(file.url)) return;
    drawn.add(file.url);
    drawLater(() => addThumbnail(file));
  },
  onDeleted: refreshBeside,
});
const uploads = createUploads(owner, {
  isOpen: () => shown !== undefined,
  async onUploaded(name, gone) {
    if (gone !== undefined) browse.drop(gone);
    // If this fails, the file is stored all the same.
    await browse.look(name).catch(() => browse.refresh());
  },
  onSettled: refreshBeside,
});
/** Most visits are for the files. The parts below the files load when they come into view. */
const below = new IntersectionObserver((entries) => {
  if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
  below.disconnect();
  void shares.refresh();
  void sessions.refresh();
});
let shown: Session | undefined;
/** The id of the user who signed in last on this page. */
let lastId: string | undefined;

/** Links to replaced or deleted files open nothing any more, and the used space has changed. */
function refreshBeside(): void {
  void shares.refresh();
  void usage.refresh(shown);
}

function showSignedIn(session: Session): void {
  setServerTime(session.serverTime);
  if (find('notice', HTMLElement).textContent === text('unreachable')) say('');
  if (shown) return;
  const { name, email, id } = session.user;
  if (lastId !== undefined && lastId !== id) {
    // The page may still hold uploads of another user, waiting or failed.
    location.reload();
    return;
  }
  lastId = id;
  shown = session;
  say('');
  find('user-name', HTMLElement).textContent = name ?? email ?? id;
  find('file-input', HTMLInputElement).accept = session.files.types?.join() ?? '';
  showView(true);
  // The list of files comes first. Without it, the files take no space, and the parts below would be in view at once.
  void browse.refresh().then(() => below.observe(find('everywhere', HTMLElement)));
  void usage.refresh(session);
}

function showSignedOut(): void {
  const hasEnded = shown !== undefined;
  shown = undefined;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  below.disconnect();
  browse.clear();
  shares.clear();
  sessions.clear();
  announce('');
  showView(false);
  if (!keepsSecureCookies()) say(describeCookieRefusal(location.origin));
  else say(hasEnded ? text('hasEnded') : '');
}

function showView(isSignedIn: boolean): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-view]')) {
    part.hidden = (part.dataset['view'] === 'signed-in') !== isSignedIn;
  }
}

function say(words: string): void {
  const notice = find('notice', HTMLElement);
  notice.textContent = words;
  notice.hidden = words === '';
}

/** The thumbnail is for the next visit. This page works without it. */
async function addThumbnail(file: ListedFile): Promise<void> {
  if (shown) await owner.files.addThumbnail(file).catch(() => {});
}

async function signOut(button: HTMLButtonElement, everywhere: boolean): Promise<void> {
  button.disabled = true;
  try {
    await gateway.logout({ everywhere });
    // The back button may show this page again, as it is now. So it must show nothing of the user.
    showSignedOut();
    uploads.clear();
  } catch {
    say(text('signOutFailed'));
  }
  button.disabled = false;
}

async function start(): Promise<void> {
  try {
    const session = await gateway.session();
    if (session) showSignedIn(session);
    else showSignedOut();
  } catch (error) {
    say(error instanceof ApiError ? text('unreachable') : describeFailure(error).words);
  }
}

const here = find('sign-out', HTMLButtonElement);
here.addEventListener('click', () => void signOut(here, false));
const everywhere = find('sign-out-everywhere', HTMLButtonElement);
everywhere.addEventListener('click', async () => {
  const isSure = await confirm({
    title: text('everywhereQuestion'),
    text: text('everywhereText'),
    action: text('everywhere'),
  });
  if (isSure) await signOut(everywhere, true);
});
watchFiles(
  () => shown !== undefined,
  (files) => {
    browse.showNewest();
    for (const { file, path } of files) uploads.add(file, browse.folder() + path);
  },
);
watchAnnouncements();
gateway.watchImages();
gateway.on('session', showSignedIn);
gateway.on('expired', () => say(text('unreachable')));
gateway.on('signedout', ({ reason }) => {
  // A session that ends by itself leaves the list of uploads. After a sign-out by the person, nothing stays in this
  // tab.
  if (reason === 'ended') showSignedOut();
  else location.reload();
});
void start();

const PROBE = '__Host-probe';

/** Whether this browser keeps a Secure cookie of this origin. Without such a cookie nobody can sign in. */
function keepsSecureCookies(): boolean {
  document.cookie = `${PROBE}=1; Secure; Path=/; SameSite=Lax`;
  const isKept = document.cookie.split('; ').includes(`${PROBE}=1`);
  document.cookie = `${PROBE}=; Secure; Path=/; SameSite=Lax; Max-Age=0`;
  return isKept;
}
