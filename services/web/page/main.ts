import { ApiError, createGateway, type ListedFile, type Session } from '../client/gateway.ts';
import { confirm } from './confirm.ts';
import { keepsSecureCookies } from './cookie-probe.ts';
import { setServerTime } from './countdown.ts';
import { announce, find } from './dom.ts';
import { createGallery } from './gallery.ts';
import { pickReplacement, watchFiles } from './picker.ts';
import { createQueue } from './queue.ts';
import { createSessions } from './sessions.ts';
import { createShareDialog } from './share.ts';
import { createShares } from './shares.ts';
import { createUploads } from './uploads.ts';
import { describeCookieRefusal, describeFailure } from './words.ts';

const UNREACHABLE = 'The server does not answer. Trying again…';

/** Thumbnails of files that came another way are made so many at once. */
const MAX_DRAWN_AT_ONCE = 2;

const gateway = createGateway();
const drawLater = createQueue(MAX_DRAWN_AT_ONCE);
const shares = createShares(gateway);
const sessions = createSessions(gateway);
const shareDialog = createShareDialog(gateway, () => void shares.refresh());
const gallery = createGallery(gateway, {
  share: ({ name }) => shareDialog.open(name),
  replace: ({ name, type }) => pickReplacement(type, (file) => uploads.replace(file, name)),
  delete: (file) => void deleteFile(file),
  addThumbnail: (file) => drawLater(() => addThumbnail(file)),
});
const uploads = createUploads(gateway, { isOpen: () => shown !== undefined, onUploaded });
/** What lies below the files is asked for where it comes into view: most visits are for the files. */
const below = new IntersectionObserver((entries) => {
  if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
  below.disconnect();
  void shares.refresh();
  void sessions.refresh();
});
let shown: Session | undefined;
/** Who was signed in last on this page. */
let lastId: string | undefined;

/** Links to what was replaced open nothing any more. */
async function onUploaded(): Promise<void> {
  await Promise.all([gallery.refresh(), shares.refresh()]);
}

function showSignedIn(session: Session): void {
  setServerTime(session.serverTime);
  if (find('notice', HTMLElement).textContent === UNREACHABLE) say('');
  if (shown) return;
  const { name, email, id } = session.user;
  if (lastId !== undefined && lastId !== id) {
    // What the page still holds, such as uploads that wait or failed, is another one's.
    location.reload();
    return;
  }
  lastId = id;
  shown = session;
  say('');
  find('user-name', HTMLElement).textContent = name ?? email ?? id;
  find('file-input', HTMLInputElement).accept = session.files.types?.join() ?? '';
  showView(true);
  // Before that the files take no room.
  void gallery.refresh().then(() => below.observe(find('everywhere', HTMLElement)));
}

function showSignedOut(): void {
  const hasEnded = shown !== undefined;
  shown = undefined;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  below.disconnect();
  gallery.clear();
  shares.clear();
  sessions.clear();
  announce('');
  showView(false);
  if (!keepsSecureCookies()) say(describeCookieRefusal(location.origin));
  else say(hasEnded ? 'You have been signed out. Sign in again to go on.' : '');
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

async function deleteFile({ name }: ListedFile): Promise<void> {
  const text =
    'Nobody can open it any more, and every link to it ends. Who runs this service may keep a copy for some days.';
  if (!(await confirm({ title: `Delete ${name}?`, text, action: 'Delete' }))) return;
  try {
    await gateway.files.delete(name);
    await Promise.all([gallery.refresh(), shares.refresh()]);
    announce(`${name} is deleted.`);
  } catch (error) {
    announce(`${name} is still there. ${describeFailure(error).words}`);
  }
  // The button that was pressed may have gone with the file.
  if (document.activeElement === document.body) find('file-input', HTMLElement).focus();
}

/** So that the next visit shows it. A page without is as good. */
async function addThumbnail(file: ListedFile): Promise<void> {
  if (shown) await gateway.files.addThumbnail(file).catch(() => {});
}

async function signOut(button: HTMLButtonElement, everywhere: boolean): Promise<void> {
  button.disabled = true;
  try {
    await gateway.logout({ everywhere });
    // The browser may show the page that is left once more: the way back leads to it, as it is now.
    showSignedOut();
    find('uploads', HTMLElement).replaceChildren();
  } catch {
    say('Signing out did not work. Try it again.');
  }
  button.disabled = false;
}

async function start(): Promise<void> {
  try {
    const session = await gateway.session();
    if (session) showSignedIn(session);
    else showSignedOut();
  } catch (error) {
    say(error instanceof ApiError ? UNREACHABLE : describeFailure(error).words);
  }
}

const here = find('sign-out', HTMLButtonElement);
here.addEventListener('click', () => void signOut(here, false));
const everywhere = find('sign-out-everywhere', HTMLButtonElement);
everywhere.addEventListener('click', async () => {
  const text = 'Every device and browser where you are signed in is signed out, and all shared links end.';
  const isSure = await confirm({ title: 'Sign out everywhere?', text, action: 'Sign out everywhere' });
  if (isSure) await signOut(everywhere, true);
});
watchFiles(
  () => shown !== undefined,
  (files) => {
    for (const file of files) uploads.add(file);
  },
);
gateway.watchImages();
gateway.on('session', showSignedIn);
gateway.on('expired', () => say(UNREACHABLE));
gateway.on('signedout', ({ reason }) => {
  // A session that ends by itself leaves the list of uploads; where the person has left, nothing stays in this tab.
  if (reason === 'ended') showSignedOut();
  else location.reload();
});
void start();
