import { once } from './once.ts';
import type { Renewal } from './renewal.ts';

type Shown = HTMLImageElement | HTMLMediaElement;

const SHOWN = 'img,video,audio';
/** What fails within this time after a renewal may have been asked for before it. */
const JUST_RENEWED_MS = 5_000;

/**
 * Loads again, once and after a renewal, what failed because of its cookies. A page is not told why an image failed,
 * so the files host is asked whether the cookies open the user's folder: if they do, the failure is another one.
 */
export function createMediaWatch(renewal: Renewal): (root: ParentNode, signal: AbortSignal) => void {
  /** With which cookies an address was loaded again. By address, since a page may put a new element in place of one. */
  const retried = new Set<string>();

  /** True where the cookies had to be renewed, and have been. */
  const haveBeenRenewed = once(async () => {
    if (renewal.isGood()) {
      if (Date.now() - renewal.renewedAtMs() < JUST_RENEWED_MS) return true;
      if (await opens(renewal.folder())) return false;
    }
    return renewal.whenFresh();
  });

  function isInFolder(url: string): boolean {
    const folder = renewal.folder();
    return folder !== '' && url.startsWith(folder);
  }

  async function heal(target: EventTarget | null): Promise<void> {
    // The target may be a <source> as well.
    const element = target instanceof Element && target.closest<Shown>(SHOWN);
    if (!element) return;
    const url = addressOf(element);
    const loadAgain = loaderOf(element);
    if (renewal.current() === undefined) await renewal.session();
    if (!isInFolder(url)) return;
    const attempt = () => renewal.current()?.cookies.issuedAt + url;
    if (retried.has(attempt()) || !(await haveBeenRenewed())) return;
    retried.add(attempt());
    if (addressOf(element) === url) loadAgain();
  }

  /** A link tells nobody that it failed: where the cookies are past, fresh ones come before what it leads to. */
  function onClick(event: Event): void {
    const link = event.target instanceof Element && event.target.closest<HTMLAnchorElement>('a[download]');
    if (!link || !isInFolder(link.href) || renewal.isGood()) return;
    event.preventDefault();
    event.stopPropagation();
    void renewal.whenFresh().then((isFresh) => isFresh && link.click());
  }

  return (root, signal) => {
    const tryToHeal = (target: EventTarget | null) => void heal(target).catch(() => {});
    root.addEventListener('error', ({ target }) => tryToHeal(target), { capture: true, signal });
    root.addEventListener('click', onClick, { capture: true, signal });
    for (const element of root.querySelectorAll<Shown>(SHOWN)) if (hasFailed(element)) tryToHeal(element);
  };
}

/** A file that is not there is 404; a refusal is 403, or without CORS headers. The folder itself is 404 to everybody. */
function opens(folder: string): Promise<boolean> {
  return fetch(`${folder}-`, { method: 'HEAD', credentials: 'include' }).then(
    ({ status }) => status !== 403,
    () => false,
  );
}

function hasFailed(element: Shown): boolean {
  return 'error' in element ? !!element.error : element.complete && !element.naturalWidth;
}

function addressOf(element: Shown): string {
  return element.currentSrc || element.src;
}

/** What loads an element again; made as soon as it fails, since a player then loses what it did. */
function loaderOf(element: Shown): () => void {
  if ('complete' in element) {
    return () => {
      // To set it is to load it.
      if (element.src) element.src += '';
      else element.srcset += '';
    };
  }
  const { currentTime, paused, playbackRate } = element;
  const goOn = () => {
    element.currentTime = currentTime;
    element.playbackRate = playbackRate;
    // A browser that lets no script start a player leaves that to the person.
    if (!paused) element.play().catch(() => {});
  };
  return () => {
    element.addEventListener('loadedmetadata', goOn, { once: true });
    element.load();
  };
}
