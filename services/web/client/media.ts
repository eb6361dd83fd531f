import type { Gateway } from './gateway-types.ts';
import { closest, createLinkHold, type OpenFolder } from './links.ts';
import { once } from './once.ts';
import type { Renewal } from './renewal.ts';

/** Renews the cookies of the folders on the page. */
type Cookies = Pick<Renewal, 'signedIn' | 'isGood' | 'isOpen' | 'renew'> &
  Partial<Pick<Renewal, 'isFreshAtFirst'>>;
type Shown = HTMLImageElement | HTMLMediaElement;

const SHOWN = 'img,video,audio';

/** Loads media again after a renewal, if they failed because of their cookies. Holds links back until a renewal. */
export function createMediaWatch(renewal: Cookies, on: Gateway['on']): Gateway['watchImages'] {
  const watched = new Map<AbortController, WeakRef<ParentNode>>();
  const shownIn = (root?: ParentNode) => [...(root?.querySelectorAll<Shown>(SHOWN) ?? [])];
  const folderOf = createFolders(renewal, on, () =>
    [...watched.values()].flatMap((root) => shownIn(root.deref())),
  );
  const onClick = createLinkHold(folderOf);

  async function isToBeLoadedAgain(element: Shown, url: string): Promise<boolean> {
    await renewal.signedIn();
    return folderOf(url)?.isToBeLoadedAgain(element, url) ?? false;
  }

  function heal({ target }: { target: EventTarget | null }): void {
    // The target may also be a <source>.
    const element = closest<Shown>(target, SHOWN);
    if (!element) return;
    const url = addressOf(element);
    const end = 'complete' in element ? coverImage(element) : holdPlayer(element);
    void isToBeLoadedAgain(element, url)
      .catch(() => false)
      .then((isToBe) => end(isToBe && addressOf(element) === url));
  }

  return (root = document) => {
    const ending = new AbortController();
    watched.set(ending, new WeakRef(root));
    const options = { capture: true, signal: ending.signal };
    // A root takes the same listener only once. Two watches of one root need a listener each.
    root.addEventListener('error', (event) => heal(event), options);
    for (const type of ['click', 'auxclick']) root.addEventListener(type, (event) => onClick(event), options);
    for (const element of shownIn(root)) {
      const hasFailed = 'complete' in element ? element.complete && !element.naturalWidth : element.error;
      if (hasFailed) heal({ target: element });
    }
    return () => {
      ending.abort();
      watched.delete(ending);
    };
  };
}

interface WatchedFolder extends OpenFolder {
  isToBeLoadedAgain(element: Shown, url: string): Promise<boolean>;
  /** Takes in that the cookies are fresh, or that there will be none. */
  settle(isFresh: boolean): void;
}

/**
 * The folders whose media are loaded again. A folder is found by the address of a file. Files of others choose which
 * addresses a page shows. So an address opens no team: only the app does.
 */
function createFolders(renewal: Cookies, on: Gateway['on'], shown: () => Shown[]) {
  /** By the address that all files of the folder begin with. */
  const folders = new Map<string, WatchedFolder>();
  let origin = '';

  function freshen(path: string, team?: string): void {
    const address = origin + path;
    const known = folders.get(address);
    const folder = known ?? createWatchedFolder(renewal, address, shown, team);
    folders.set(address, folder);
    if (known || renewal.isFreshAtFirst) folder.settle(true);
  }

  function close(address: string): void {
    folders.get(address)?.settle(false);
    folders.delete(address);
  }

  on('session', ({ files }) => {
    origin = files.origin;
    freshen(files.prefix);
  });
  on('team', ({ team }) => freshen(`/teams/${team.id}/`, team.id));
  on('teamleft', ({ id }) => close(`${origin}/teams/${id}/`));
  on('signedout', () => [...folders.keys()].forEach(close));

  return (url: string) => folders.get([...folders.keys()].find((address) => url.startsWith(address)) ?? '');
}

/**
 * Tells whether media that failed are loaded again. A page does not learn why an image failed. What was there at the
 * renewal has one try without a question, since its request may be older. After that, this asks the files host whether
 * the cookies open the folder. If they do, the failure has another reason.
 * @param shown gives what the page has now
 */
function createWatchedFolder(
  renewal: Cookies,
  address: string,
  shown: () => Shown[],
  team?: string,
): WatchedFolder {
  /** The addresses that were loaded again with these cookies. A page may put a new element in place of another. */
  const retried = new Set<string>();
  /** What the page had at the renewal. A slow network may refuse a request from before the renewal much later. */
  let earlier = new WeakSet<Shown>();
  let resolve = (_isFresh: unknown) => {};
  const isGood = () => renewal.isGood(team);
  const renew = () => renewal.renew(team);

  /** True once the cookies are renewed, however long that takes. False if the cookies are not the reason. */
  const haveBeenRenewed = once(async () => {
    if (isGood()) {
      // With good cookies a missing file is 404. A refusal is 403, or an answer without CORS headers. S3's own refusal, as
      // application/xml, is for files that are not scanned; CloudFront's are text/xml. The folder itself is 404 for everybody.
      const asked = fetch(`${address}-`, { method: 'HEAD', credentials: 'include' });
      const answer = await asked.catch(() => undefined);
      if (answer && (answer.status !== 403 || answer.headers.get('content-type') === 'application/xml'))
        return false;
    }
    return new Promise((end) => {
      resolve = end;
      // After a failure, the next renewal of the user's own cookies settles it. A team that is closed is not part of that.
      renew().then(end, () => team && !renewal.isOpen(team) && end(false));
    });
  });

  return {
    isGood,
    renew,
    async isToBeLoadedAgain(element, url) {
      if (retried.has(url)) return false;
      if (isGood() && earlier.delete(element)) return true;
      if (!(await haveBeenRenewed())) return false;
      retried.add(url);
      return true;
    },
    settle(isFresh) {
      earlier = new WeakSet(shown());
      retried.clear();
      resolve(isFresh);
    },
  };
}

function addressOf(element: Shown): string {
  return element.currentSrc || element.src;
}

/**
 * Makes a failed image look as if it were loading, and take as much space. Without this, a failed image shows an icon
 * and its text, and has their size.
 */
function coverImage(image: HTMLImageElement): (isToBeLoadedAgain: boolean) => void {
  /** The longest time that an image stays invisible because of a renewal. */
  const COVER_MS = 60_000;
  const { style } = image;
  const { display } = style;
  // With `overflow`, the image stands on its line where a loaded image stands.
  const cover = image.animate({ opacity: [0, 0], overflow: ['hidden', 'hidden'] }, COVER_MS);
  // The page may show another image instead.
  image.addEventListener('load', () => cover.cancel(), { once: true });
  // An inline element does not keep the size that the page gives it.
  if (getComputedStyle(image).display === 'inline') style.display = 'inline-block';
  return (isToBeLoadedAgain) => {
    cover.cancel();
    // The page may have set another `display` meanwhile.
    if (style.display === 'inline-block') style.display = display;
    if (!isToBeLoadedAgain) return;
    // Setting `src` loads the image again, also from `srcset`.
    image.src += '';
  };
}

/** Notes the state of a player, and keeps its size, as soon as it fails. Loading again loses both. */
function holdPlayer(player: HTMLMediaElement): (isToBeLoadedAgain: boolean) => void {
  /** A renewal takes longer than this only if the app host is down. */
  const HOLD_MS = 60_000;
  const { currentTime, paused, playbackRate } = player;
  const { width, height } = getComputedStyle(player);
  const hold = player.animate({ width: [width, width], height: [height, height] }, HOLD_MS);
  const goOn = () => {
    hold.cancel();
    player.currentTime = currentTime;
    player.playbackRate = playbackRate;
    // Some browsers let no script start a player. The person starts the player then.
    if (!paused) player.play().catch(() => {});
  };
  return (isToBeLoadedAgain) => {
    if (!isToBeLoadedAgain) return hold.cancel();
    player.addEventListener('loadedmetadata', goOn, { once: true });
    player.load();
  };
}
