import type { Renewal } from './renewal.ts';
import { once } from './tabs.ts';
import type { Gateway } from './types.ts';

type Shown = HTMLImageElement | HTMLMediaElement;

const SHOWN = 'img,video,audio';

/**
 * Loads media again after a renewal, if they failed because of their cookies. A page does not learn why an image failed.
 * What was there at the renewal has one try without a question, since its request may be older. After that, this asks
 * the files host whether the cookies open the user's folder. If they do, the failure has another reason.
 */
export function createMediaWatch(
  { isGood, refresh, signedIn }: Pick<Renewal, 'signedIn' | 'isGood' | 'refresh'>,
  on: Gateway['on'],
): Gateway['watchImages'] {
  /** The address that all files of the user begin with. Empty if nobody is known to be signed in. */
  let folder = '';
  /**
   * The addresses that were loaded again with these cookies. Not the elements: a page may put a new element in place of
   * one.
   */
  const retried = new Set<string>();
  const watched = new Map<AbortController, WeakRef<ParentNode>>();
  /** What the page had at the renewal. A slow network may refuse a request from before the renewal much later. */
  let earlier = new WeakSet<Shown>();
  let passed: Event | undefined;
  let settle = (_fresh: unknown) => {};

  on('session', ({ files }) => {
    const shown = [...watched.values()].flatMap((root) => [
      ...(root.deref()?.querySelectorAll<Shown>(SHOWN) ?? []),
    ]);
    earlier = new WeakSet(folder ? shown : []);
    folder = files.origin + files.prefix;
    retried.clear();
    settle(true);
  });
  on('signedout', () => {
    folder = '';
    settle(false);
  });

  const isInFolder = (url: string) => !!folder && url.startsWith(folder);

  /** True once the cookies are renewed, however long that takes. False if the cookies are not the reason. */
  const haveBeenRenewed = once(async () => {
    if (isGood()) {
      // With good cookies a missing file is 404. A refusal is 403, or an answer without CORS headers. The folder itself
      // is 404 for everybody.
      const answer = await fetch(`${folder}-`, { method: 'HEAD', credentials: 'include' }).catch(
        () => undefined,
      );
      if (answer && answer.status !== 403) return false;
    }
    return new Promise((resolve) => {
      settle = resolve;
      refresh().then(resolve, () => {});
    });
  });

  async function isToBeLoadedAgain(element: Shown, url: string): Promise<boolean> {
    await signedIn();
    if (!isInFolder(url) || retried.has(url)) return false;
    if (isGood() && earlier.delete(element)) return true;
    if (!(await haveBeenRenewed())) return false;
    retried.add(url);
    return true;
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

  /**
   * A link does not tell the page that it failed. If the cookies have expired, this renews them before the link opens.
   */
  function onClick(event: Event & { button?: number }): void {
    // The target is read at once. After the event, the target of an event from a shadow root is the host of that root.
    const { target, button = 0 } = event;
    const link = closest<HTMLAnchorElement>(target, 'a');
    // A right click opens nothing. A link in HTML becomes its address when it becomes text. A link in an SVG does not,
    // so it is left alone.
    if (!link || button > 1 || event === passed || !isInFolder(`${link}`) || isGood()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // If the app host does not answer, the link opens all the same: the files host says what is wrong.
    const isWorthwhile = refresh().catch(() => true);
    void isWorthwhile.then((isToBe) => {
      // The new event has the same keys, because keys decide where a link opens. A script cannot press the middle
      // button, but these two keys do the same.
      passed = new MouseEvent('click', button ? { ctrlKey: true, metaKey: true } : event);
      if (isToBe) (button ? link : target)?.dispatchEvent(passed);
    });
  }

  return (root = document) => {
    const ending = new AbortController();
    watched.set(ending, new WeakRef(root));
    const options = { capture: true, signal: ending.signal };
    // A root takes the same listener only once. Two watches of one root need a listener each.
    root.addEventListener('error', (event) => heal(event), options);
    for (const type of ['click', 'auxclick']) root.addEventListener(type, (event) => onClick(event), options);
    for (const element of root.querySelectorAll<Shown>(SHOWN)) {
      const hasFailed = 'complete' in element ? element.complete && !element.naturalWidth : element.error;
      if (hasFailed) heal({ target: element });
    }
    return () => {
      ending.abort();
      watched.delete(ending);
    };
  };
}

function closest<E extends Element>(target: EventTarget | null, selector: string): E | null {
  return target instanceof Element ? target.closest<E>(selector) : null;
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
