import { ApiError, type Session } from '@cloudfront-cookie-gateway/client';
import { effect, signal, untracked } from '@preact/signals';
import { render } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { announce, find, notice, say } from './dom.ts';
import { Files } from './files/files.tsx';
import { enterGallery } from './files/gallery.ts';
import { address, go, readAddress } from './files/history.ts';
import { forgetFiles, libraryOf, mayChange } from './files/library.ts';
import { listed, showNewest } from './files/listing.ts';
import { emptyDisk } from './files/saving-place.ts';
import { Viewer } from './files/viewer.tsx';
import { gateway } from './gateway.ts';
import { operate } from './operations/later.ts';
import { Account } from './shell/account.tsx';
import { Frame, Heading, Search, TeamLine } from './shell/frame.tsx';
import { Side } from './shell/side.tsx';
import { keepPlace, restorePlace, SIGNED_IN, signInBeside } from './sign-in/sign-in.ts';
import { mayEdit, owner, session } from './state.ts';
import { createJoin } from './teams/join.tsx';
import { enterTeam } from './teams/make-team.ts';
import { clearTeams, mayMake, ownerOf, put, refreshTeams, teamOf } from './teams/owners.ts';
import { Button, WithIcon } from './ui/parts.tsx';
import { uploads, withoutRoom } from './uploads/own-uploads.ts';
import { chooseFiles, FileInputs, type Receiver, watchFiles } from './uploads/picker.tsx';
import { text } from './words/language.ts';
import { setServerTime } from './words/shown.ts';
import { describeCookieRefusal, describeFailure, nameOf } from './words/words.ts';

const join = createJoin({
  accept: gateway.teams.accept,
  onJoined: (team) => enterTeam(put(team), text('joined', { team: team.name })),
});
/** Whether nobody is signed in, as far as the host has said. */
const isOut = signal(false);
/** Whether the host has not answered, nor failed to. */
const isStarting = signal(true);
const isInvited = signal(false);
/** The id of the user who signed in last on this page. */
let lastId: string | undefined;

/** Shows the files of the owner that the address names. */
effect(() => {
  const { team } = address.value;
  if (session.value) untracked(() => enter(team));
});

effect(() => {
  const full = withoutRoom.value;
  if (!full) return;
  withoutRoom.value = undefined;
  void operate(({ offerTrash }) => offerTrash(full));
});

function enter(team: string | undefined): void {
  const next = ownerOf(team);
  if (!next) return void meet(team);
  if (next === owner.peek()) return;
  owner.value = next;
  say('');
  const library = libraryOf(next);
  void library.refresh().then(() => {
    // The person may not belong to the team any more.
    if (next.team && next === owner.peek() && library.state() === 'failed') refreshQuietly();
  });
}

/** The address names a team that the page does not know. */
async function meet(team: string | undefined): Promise<void> {
  const words = await refreshTeams().then(
    () => text('notMember'),
    (error) => describeFailure(error).words,
  );
  // The person may have gone on meanwhile.
  if (!session.peek() || address.peek().team !== team) return;
  if (ownerOf(team)) return enter(team);
  go({ folder: '' }, 'replace');
  say(words);
}

/** If the host does not answer, the page says so elsewhere. */
function refreshQuietly(): void {
  refreshTeams().catch(() => undefined);
}

function showSignedIn(next: Session): void {
  setServerTime(next.serverTime);
  if (notice.peek() === text('unreachable')) say('');
  // The host may have found out that the person belongs to other teams.
  refreshQuietly();
  if (session.peek()) return;
  const { id } = next.user;
  if (lastId !== undefined && lastId !== id) {
    // The page may still hold uploads of another user, waiting or failed.
    uploads.clear();
    location.reload();
    return;
  }
  lastId = id;
  isStarting.value = false;
  isOut.value = false;
  session.value = next;
  uploads.signedIn();
  join.ask(id);
}

function showSignedOut(): void {
  const hasEnded = session.peek() !== undefined;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  session.value = undefined;
  owner.value = undefined;
  forgetFiles();
  clearTeams();
  announce('');
  void emptyDisk();
  isStarting.value = false;
  isOut.value = true;
  isInvited.value = join.isInvited();
  document.title = text('title');
  if (!keepsSecureCookies()) say(describeCookieRefusal(location.origin));
  else say(hasEnded ? text('hasEnded') : '');
}

/** Takes files into the shown folder, also if the page shows another one before the last of them comes. */
function receiver(): Receiver | undefined {
  const of = owner.peek();
  const { folder } = listed.peek();
  if (!of || !mayChange(of)) return undefined;
  return {
    into: folder.split('/').at(-2) ?? nameOf(of.team),
    take(files) {
      // Somebody may have signed out meanwhile.
      if (!session.peek()) return;
      if (of === owner.peek()) showNewest();
      for (const { file, path } of files) uploads.add(of, file, folder + path);
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
    const found = await gateway.session();
    if (found) showSignedIn(found);
    else showSignedOut();
  } catch (error) {
    isStarting.value = false;
    say(error instanceof ApiError ? text('unreachable') : describeFailure(error).words);
  }
}

function App() {
  const isIn = session.value !== undefined;
  return (
    <>
      {isIn && <Button id="skip" words={text('skipTo')} onClick={enterGallery} />}
      <Frame tools={isIn && <Tools />} side={isIn && <Side />}>
        {isStarting.value && (
          <p id="starting" class="quiet">
            {text('loading')}
          </p>
        )}
        {isOut.value && <SignedOut />}
        {isIn && <Content />}
      </Frame>
      <Viewer />
    </>
  );
}

function Tools() {
  return (
    <>
      <Search />
      <div id="account">
        {mayEdit.value && <NewButton />}
        <Account signOut={signOut} />
      </div>
    </>
  );
}

function NewButton() {
  const newFolder = () =>
    operate(({ makeFolder }) => owner.value && makeFolder(owner.value, listed.value.folder));
  return (
    <>
      <button id="new" type="button" class="primary" popovertarget="new-menu">
        <WithIcon icon="new" words={text('new')} />
      </button>
      <div id="new-menu" class="menu" popover>
        <button type="button" onClick={() => chooseFiles('file-input')}>
          <WithIcon icon="upload" words={text('uploadFiles')} />
        </button>
        <button type="button" onClick={() => chooseFiles('folder-input')}>
          <WithIcon icon="move" words={text('uploadFolder')} />
        </button>
        <button type="button" onClick={newFolder}>
          <WithIcon icon="folder" words={text('newFolder')} />
        </button>
        {mayMake.value && (
          <button type="button" onClick={() => operate(({ makeTeam }) => makeTeam())}>
            <WithIcon icon="team" words={text('newTeam')} />
          </button>
        )}
      </div>
    </>
  );
}

function SignedOut() {
  const signIn = (event: Event) => {
    join.want();
    if (!uploads.isBusy()) return keepPlace();
    event.preventDefault();
    signInBeside();
  };
  return (
    <section id="signed-out">
      <img src="/favicon.svg" alt="" width="72" height="72" />
      <h1>{text(isInvited.value ? 'invited' : 'welcome')}</h1>
      <p>{text(isInvited.value ? 'invitedText' : 'welcomeText')}</p>
      <a id="sign-in" class="button primary" href="/auth/login?return_to=/" onClick={signIn}>
        {text('signIn')}
      </a>
    </section>
  );
}

/** The words for the person's own role. */
const AS = { viewer: 'asViewer', editor: 'asEditor', manager: 'asManager' } as const;

function Content() {
  const team = teamOf(owner.value);
  const { kind, role } = team?.team ?? {};
  const openPeople = () => operate((operations) => team && operations.openPeople(team));
  return (
    <div id="content">
      <Heading />
      <FileInputs receiver={receiver} types={session.value?.files.types?.join()} />
      {team && role && (
        <TeamLine words={text(AS[role])}>
          {/* The provider says who belongs to its teams. */}
          {kind !== 'provider' && (
            <Button words={<WithIcon icon="team" words={text('people')} />} onClick={openPeople} />
          )}
          {mayEdit.value && (
            <Button
              words={<WithIcon icon="share" words={text('folderLinks')} />}
              onClick={() => operate(({ openFolderLinks }) => openFolderLinks(team))}
            />
          )}
        </TeamLine>
      )}
      <Files invite={kind === 'made' && role === 'manager' ? openPeople : undefined} />
      {listed.value.view === 'shared' && <SharedLinks />}
    </div>
  );
}

/** Its scripts load with those of the operations. */
function SharedLinks() {
  const section = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const place = section.current;
    void operate(({ showShared }) => place?.isConnected && showShared(place));
    return () => {
      if (place) render(null, place);
    };
  }, []);
  return <section id="shared" ref={section} />;
}

// Before anything else reads the address.
join.take();
restorePlace();
readAddress();
addEventListener('popstate', () => {
  if (!join.take()) return;
  isInvited.value = true;
  if (session.peek()) join.ask(lastId ?? '');
});
render(<App />, find('app', HTMLElement));
void emptyDisk();
watchFiles(receiver);
new BroadcastChannel(SIGNED_IN).addEventListener('message', () => void start());
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
