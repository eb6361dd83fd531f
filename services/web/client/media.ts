import { once } from './once.ts';
import type { Renewal } from './renewal.ts';
import type { Gateway } from './types.ts';

type Shown = HTMLImageElement | HTMLMediaElement;

const SHOWN = 'img,video,audio';

/**
 * Loads again, once and after a renewal, what failed because of its cookies. A page is not told why an image failed,
 * so the files host is asked whether the cookies open the user's folder: if they do, the failure is another one.
 */
export function createMediaWatch(
  { isGood, refresh, signedIn }: Pick<Renewal, 'signedIn' | 'isGood' | 'refresh'>,
  on: Gateway['on'],
): Gateway['watchImages'] {
  /** What fails within this time after a renewal may have been asked for before it. */
  const JUST_RENEWED_MS = 5_000;

  /** The address that everything of the user begins with; empty where nobody is known to be signed in. */
  let folder = '';
  let renewedAtMs = 0;
  /** What was loaded again with these cookies. By address, since a page may put a new element in place of one. */
  const retried = new Set<string>();
  let passed: Event | undefined;
  let settle = (_fresh: unknown) => {};

  on('session', ({ files }) => {
    if (folder) renewedAtMs = Date.now();
    folder = files.origin + files.prefix;
    retried.clear();
    settle(true);
  });
  on('signedout', () => {
    folder = '';
    settle(false);
  });

  const isInFolder = (url: string) => !!folder && url.startsWith(folder);

  /** True once the cookies, which had to be renewed, have been, however long that takes. */
  const haveBeenRenewed = once(async () => {
    if (isGood()) {
      if (Date.now() - renewedAtMs < JUST_RENEWED_MS) return true;
      // What is not there is 404, as the folder itself is to everybody; a refusal is 403, or an answer without CORS headers.
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

  async function isToBeLoadedAgain(url: string): Promise<boolean> {
    await signedIn();
    return isInFolder(url) && !retried.has(url) && !!(await haveBeenRenewed()) && !!retried.add(url);
  }

  function heal({ target }: { target: EventTarget | null }): void {
    // The target may be a <source> as well.
    const element = closest<Shown>(target, SHOWN);
    if (!element) return;
    const url = addressOf(element);
    const end = 'complete' in element ? coverImage(element) : holdPlayer(element);
    void isToBeLoadedAgain(url)
      .catch(() => false)
      .then((isToBe) => end(isToBe && addressOf(element) === url));
  }

  /** A link tells nobody that it failed: where the cookies are past, fresh ones come before what it leads to. */
  function onClick(event: Event & { button?: number }): void {
    // Later an event that comes out of a shadow root names its host.
    const { target, button = 0 } = event;
    const link = closest<HTMLAnchorElement>(target, 'a');
    // A right click opens nothing. As text a link is its address, but for one of an SVG.
    if (!link || button > 1 || event === passed || !isInFolder(`${link}`) || isGood()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // Where the app host does not answer, the files host tells what is wrong.
    const isWorthwhile = refresh().catch(() => true);
    void isWorthwhile.then((isToBe) => {
      // With the same keys, which say where it opens. The middle button is not taken from a script, but these keys are.
      passed = new MouseEvent('click', button ? { ctrlKey: true, metaKey: true } : event);
      if (isToBe) (button ? link : target)?.dispatchEvent(passed);
    });
  }

  return (root = document) => {
    const ending = new AbortController();
    const options = { capture: true, signal: ending.signal };
    // A root takes a listener once, though two may watch it: each has its own.
    root.addEventListener('error', (event) => heal(event), options);
    for (const type of ['click', 'auxclick']) root.addEventListener(type, (event) => onClick(event), options);
    for (const element of root.querySelectorAll<Shown>(SHOWN)) {
      const hasFailed = 'complete' in element ? element.complete && !element.naturalWidth : element.error;
      if (hasFailed) heal({ target: element });
    }
    return () => ending.abort();
  };
}

function closest<E extends Element>(target: EventTarget | null, selector: string): E | null {
  return target instanceof Element ? target.closest<E>(selector) : null;
}

function addressOf(element: Shown): string {
  return element.currentSrc || element.src;
}

/** Lets an image look, and take room, as if it were loading: else it is an icon and its text, as large as these. */
function coverImage(image: HTMLImageElement): (isToBeLoadedAgain: boolean) => void {
  /** A renewal that takes longer than this is not to be waited for with nothing to be seen. */
  const COVER_MS = 60_000;
  const { style } = image;
  const { display } = style;
  // `overflow` puts it on the line as an image is put.
  const cover = image.animate({ opacity: [0, 0], overflow: ['hidden', 'hidden'] }, COVER_MS);
  // The page may show another one instead.
  image.addEventListener('load', () => cover.cancel(), { once: true });
  // The size that the page gives is kept by everything but what is inline.
  if (getComputedStyle(image).display === 'inline') style.display = 'inline-block';
  return (isToBeLoadedAgain) => {
    cover.cancel();
    // Not where the page has set another one meanwhile.
    if (style.display === 'inline-block') style.display = display;
    if (!isToBeLoadedAgain) return;
    // To set it is to load it, also what `srcset` has.
    image.src += '';
  };
}

/** Notes what a player does, and keeps the room that it takes, as soon as it fails: loading again it loses both. */
function holdPlayer(player: HTMLMediaElement): (isToBeLoadedAgain: boolean) => void {
  /** A renewal takes longer than this only where the app host is away. */
  const HOLD_MS = 60_000;
  const { currentTime, paused, playbackRate } = player;
  const { width, height } = getComputedStyle(player);
  const hold = player.animate({ width: [width, width], height: [height, height] }, HOLD_MS);
  const goOn = () => {
    hold.cancel();
    player.currentTime = currentTime;
    player.playbackRate = playbackRate;
    // A browser that lets no script start a player leaves that to the person.
    if (!paused) player.play().catch(() => {});
  };
  return (isToBeLoadedAgain) => {
    if (!isToBeLoadedAgain) return hold.cancel();
    player.addEventListener('loadedmetadata', goOn, { once: true });
    player.load();
  };
}
