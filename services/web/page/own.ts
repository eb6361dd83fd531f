import { ApiError, createGateway, type ListedFile, type Session } from '@cloudfront-cookie-gateway/client';
import { announce, find, onPress, say } from './dom.ts';
import type { Place } from './files/address.ts';
import { createBrowse } from './files/browse.ts';
import { go } from './files/history.ts';
import { mayChange, type Owner } from './files/library.ts';
import { emptyDisk } from './files/saving-place.ts';
import { createLaterOperations } from './operations/later.ts';
import type { Operations } from './operations/operations.ts';
import { createAccount } from './shell/account.ts';
import { showPlace } from './shell/sections.ts';
import { createUsage } from './shell/usage.ts';
import { keepPlace, watchSignIn } from './sign-in/sign-in.ts';
import { createJoin } from './teams/join.tsx';
import type { TeamOwner } from './teams/owners.ts';
import { createTeams } from './teams/teams.tsx';
import { pickReplacement, type Receiver, watchFiles } from './uploads/picker.ts';
import { createUploads } from './uploads/uploads.ts';
import { text } from './words/language.ts';
import { setServerTime } from './words/shown.ts';
import { describeCookieRefusal, describeFailure, nameOf } from './words/words.ts';

const gateway = createGateway();
const join = createJoin({
  accept: gateway.teams.accept,
  onJoined: (team) => teams.enter(team, text('joined', { team: team.name })),
});
// Before anything else reads the address.
join.take();
keepPlace();
addEventListener('popstate', () => {
  if (!join.take()) return;
  if (shown) join.ask(shown.user.id);
  else showInvitation();
});
const teams = createTeams(gateway, {
  userId: () => shown?.user.id,
  shown: () => browse.owner(),
  show: () => browse.follow(),
  redraw: () => browse.redraw(),
  forget: (owner) => browse.forget(owner),
  openLinks,
  openPeople: (owner, people) => operate((operations) => operations.openPeople(owner, people)),
});
let drawing = Promise.resolve();
const account = createAccount();
const showUsage = createUsage();
/** Each file gets one try at a thumbnail, but its card asks each time when it comes onto the screen. */
const drawn = new Set<string>();
const browse = createBrowse(teams.owners, {
  share,
  showAccess: (name) => share([name]),
  replace({ name, type }) {
    const owner = browse.owner();
    pickReplacement(type, (file) => uploads.replace(owner, file, name));
  },
  addThumbnail(file) {
    const owner = browse.owner();
    if (drawn.has(file.url) || !mayChange(owner)) return;
    drawn.add(file.url);
    // One after another.
    drawing = drawing.then(() => addThumbnail(owner, file));
  },
  rename: (name) => operate((operations) => operations.openRename(browse.owner(), name)),
  moveInto: (names, folder) =>
    operate((operations) => operations.move(browse.owner(), names, { owner: browse.owner(), folder })),
  shareFolder: (folder) => operate((operations) => operations.openShareFolder(browse.owner(), folder)),
  move: (names) => operate((operations) => operations.openTransfer('move', browse.owner(), names)),
  copy: (names) => operate((operations) => operations.openTransfer('copy', browse.owner(), names)),
  versions: (name) => operate((operations) => operations.openVersions(browse.owner(), name)),
  delete: (owner, names) => later.run((operations) => operations.delete(owner, names)),
  onEnter: showOwner,
  onStranger: () => {
    if (shown) void teams.meet();
  },
  onPlace(place) {
    if (!shown) return;
    showPlace(place, browse.owner());
    if (place.view !== lastView) refreshShares();
    lastView = place.view;
  },
});
/** What a person can do with files besides adding them. */
const later = createLaterOperations({
  owners: () => [teams.owners.own, ...(teams.owners.teams.value ?? [])],
  libraryOf: browse.libraryOf,
  teamOf: teams.owners.teamOf,
  openLinks,
  drop: browse.drop,
  rename: browse.rename,
  onChanged: refreshBeside,
  async makeTeam(name) {
    const team = await gateway.teams.make(name);
    teams.owners.put(team);
    return teams.owners.of(team.id) ?? teams.owners.own;
  },
  enter(owner, folder) {
    go({ team: owner.team?.id, folder }, 'push');
    browse.follow();
  },
});
const uploads = createUploads({
  isOpen: () => shown !== undefined,
  present: (owner, name) => browse.libraryOf(owner).get(name),
  async onUploaded({ owner }, { name, gone }) {
    const library = browse.libraryOf(owner);
    if (gone !== undefined) library.drop(gone);
    // If this fails, the file is stored all the same.
    await library.look(name).catch(() => library.refresh());
  },
  onSettled: refreshBeside,
  limitOf,
  onFull: (owner) => void later.run((operations) => operations.offerTrash(owner)),
  nameOf: ({ team }) => (teams.owners.teams.value?.length ? nameOf(team) : ''),
});
/** Tabs tell each other whose files have changed. */
const otherTabs = new BroadcastChannel('page-files');
otherTabs.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data !== shown?.user.id) return;
  void browse.libraryOf(browse.owner()).refresh();
  void showUsage(shown, browse.owner());
});
let shown: Session | undefined;
/** The id of the user who signed in last on this page. */
let lastId: string | undefined;
let lastView: Place['view'];

/** Links to replaced or deleted files open nothing any more, and the used space has changed. */
function refreshBeside(): void {
  if (shown) otherTabs.postMessage(shown.user.id);
  refreshShares();
  void showUsage(shown, browse.owner());
}

/** The most bytes of all files of an owner. Undefined if there is no limit. */
function limitOf({ team }: Owner): number | undefined {
  return team ? team.maxBytes : shown?.files.maxBytes;
}

function openLinks(owner: TeamOwner): void {
  operate((operations) => operations.openFolderLinks(owner, shown?.user.id));
}

function share(names: readonly string[]): void {
  const owner = browse.owner();
  operate((operations) =>
    operations.openShare({ team: teams.owners.teamOf(owner), owner, names, onShared: refreshShares }),
  );
}

function operate(use: (operations: Operations) => unknown): void {
  void later.run(use);
}

/** The list is read when it comes into view, and after changes as long as it is there. */
function refreshShares(): void {
  if (shown && browse.place().view === 'shared') operate((operations) => operations.refreshShared());
}

/** Shows what is beside the files of an owner. */
function showOwner(owner: Owner, isListed: Promise<void>): void {
  say('');
  teams.showOwner(owner);
  void isListed.then(() => {
    if (!shown || owner !== browse.owner()) return;
    // The rows of links have the pictures of their files.
    refreshShares();
    // The person may not belong to the team any more.
    if (owner.team && browse.libraryOf(owner).state() === 'failed') void teams.refresh();
  });
  void showUsage(shown, owner);
}

function showSignedIn(session: Session): void {
  setServerTime(session.serverTime);
  if (find('notice', HTMLElement).textContent === text('unreachable')) say('');
  // The host may have found out that the person belongs to other teams.
  void teams.refresh();
  if (shown) return;
  const { id } = session.user;
  if (lastId !== undefined && lastId !== id) {
    // The page may still hold uploads of another user, waiting or failed.
    uploads.clear();
    location.reload();
    return;
  }
  lastId = id;
  shown = session;
  account.show(session);
  find('file-input', HTMLInputElement).accept = session.files.types?.join() ?? '';
  showView(true);
  browse.follow();
  uploads.signedIn();
  join.ask(id);
}

function showSignedOut(): void {
  const hasEnded = shown !== undefined;
  shown = undefined;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  later.clear();
  teams.owners.clear();
  browse.clear();
  teams.showOwner(teams.owners.own);
  account.clear();
  showPlace({ folder: '' }, teams.owners.own);
  announce('');
  void emptyDisk();
  showView(false);
  showInvitation();
  if (!keepsSecureCookies()) say(describeCookieRefusal(location.origin));
  else say(hasEnded ? text('hasEnded') : '');
}

/** Says what the sign-in is for. */
function showInvitation(): void {
  const isInvited = join.isInvited();
  find('welcome', HTMLElement).textContent = text(isInvited ? 'invited' : 'welcome');
  find('welcome-text', HTMLElement).textContent = text(isInvited ? 'invitedText' : 'welcomeText');
}

function showView(isSignedIn: boolean): void {
  find('starting', HTMLElement).hidden = true;
  for (const part of document.querySelectorAll<HTMLElement>('[data-view]')) {
    part.hidden = (part.dataset['view'] === 'signed-in') !== isSignedIn;
  }
}

/** The thumbnail is for the next visit. This page works without it. */
async function addThumbnail(owner: Owner, file: ListedFile): Promise<void> {
  if (shown) await owner.files.addThumbnail(file).catch(() => {});
}

/** Takes files into the shown folder, also if the page shows another one before the last of them comes. */
function receiver(): Receiver | undefined {
  const owner = browse.owner();
  const { folder } = browse.place();
  if (!shown || !mayChange(owner)) return undefined;
  return {
    into: folder.split('/').at(-2) ?? nameOf(owner.team),
    take(files) {
      // Somebody may have signed out meanwhile.
      if (!shown) return;
      if (owner === browse.owner()) browse.showNewest();
      for (const { file, path } of files) uploads.add(owner, file, folder + path);
    },
  };
}

async function signOut(everywhere: boolean): Promise<void> {
  // The browser would ask whether to leave the page. The person has decided that.
  uploads.clear();
  try {
    // The sign-out leaves the page.
    await emptyDisk();
    await gateway.logout({ everywhere });
    join.forget();
    // The back button may show this page again, as it is now. So it must show nothing of the user.
    showSignedOut();
  } catch {
    say(text('signOutFailed'));
  }
}

async function start(): Promise<void> {
  try {
    const session = await gateway.session();
    if (session) showSignedIn(session);
    else showSignedOut();
  } catch (error) {
    find('starting', HTMLElement).hidden = true;
    say(error instanceof ApiError ? text('unreachable') : describeFailure(error).words);
  }
}

onPress(find('sign-out', HTMLButtonElement), () => signOut(false));
for (const [id, use] of Object.entries<(operations: Operations) => unknown>({
  'new-folder': (operations) => operations.openNewFolder(browse.owner(), browse.place().folder),
  'trash-open': (operations) => operations.openTrash(browse.owner()),
  'security-open': (operations) =>
    operations.openSessions({ sessions: gateway.sessions, signOutEverywhere: () => signOut(true) }),
})) {
  find(id, HTMLElement).addEventListener('click', () => operate(use));
}
void emptyDisk();
watchFiles(receiver);
watchSignIn(uploads.isBusy, () => void start());
gateway.watchImages();
gateway.on('session', showSignedIn);
gateway.on('expired', () => say(text('unreachable')));
gateway.on('signedout', ({ reason }) => {
  // A session that ends by itself leaves the list of uploads. After a sign-out by the person, nothing stays in this
  // tab.
  if (reason === 'ended') return showSignedOut();
  uploads.clear();
  join.forget();
  location.reload();
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
