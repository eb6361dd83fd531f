import type { Renewal } from './renewal.ts';
import { once } from './tabs.ts';
import type { Gateway } from './types.ts';

/**
 * Tells whether media that failed are loaded again. A page does not learn why an image failed. What was there at the
 * renewal has one try without a question, since its request may be older. After that, this asks the files host whether
 * the cookies open the user's folder. If they do, the failure has another reason.
 * @param shown gives what the page has now
 */
export function createRetries(
  { isGood, refresh, signedIn }: Pick<Renewal, 'signedIn' | 'isGood' | 'refresh'>,
  on: Gateway['on'],
  shown: () => Element[],
) {
  /** The address that all files of the user begin with. Empty if nobody is known to be signed in. */
  let folder = '';
  /**
   * The addresses that were loaded again with these cookies. Not the elements: a page may put a new element in place of
   * one.
   */
  const retried = new Set<string>();
  /** What the page had at the renewal. A slow network may refuse a request from before the renewal much later. */
  let earlier = new WeakSet<Element>();
  let settle = (_fresh: unknown) => {};

  on('session', ({ files }) => {
    earlier = new WeakSet(folder ? shown() : []);
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
      const asked = fetch(`${folder}-`, { method: 'HEAD', credentials: 'include' });
      const answer = await asked.catch(() => undefined);
      if (answer && answer.status !== 403) return false;
    }
    return new Promise((resolve) => {
      settle = resolve;
      refresh().then(resolve, () => {});
    });
  });

  async function isToBeLoadedAgain(element: Element, url: string): Promise<boolean> {
    await signedIn();
    if (!isInFolder(url) || retried.has(url)) return false;
    if (isGood() && earlier.delete(element)) return true;
    if (!(await haveBeenRenewed())) return false;
    retried.add(url);
    return true;
  }

  return { isInFolder, isToBeLoadedAgain };
}
