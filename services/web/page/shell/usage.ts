import type { Session } from '@cloudfront-cookie-gateway/client';
import { find } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';

/**
 * The bar of the used space, if there is a limit.
 * @returns shows how much an owner uses. The host counts, which takes a while if there are many files
 */
export function createUsage(): (session: Session | undefined, owner: Owner) => Promise<void> {
  const bar = find('usage-bar', HTMLProgressElement);
  /** The owner of the bar. An answer about another one comes too late. */
  let shown: Owner | undefined;

  return async (session, owner) => {
    const limit = owner.team ? owner.team.maxBytes : session?.files.maxBytes;
    if (owner !== shown || limit === undefined) find('usage', HTMLElement).hidden = true;
    shown = owner;
    if (limit === undefined) return;
    try {
      const { bytes, keptBytes } = await owner.files.usage();
      if (owner !== shown) return;
      find('usage', HTMLElement).hidden = false;
      const used = { used: formatSize(bytes), limit: formatSize(limit), kept: formatSize(keptBytes) };
      const words = text(keptBytes > 0 ? 'usageKept' : 'usage', used);
      bar.value = Math.min(bytes / limit, 1);
      bar.classList.toggle('full', bytes > limit * 0.9);
      bar.setAttribute('aria-label', words);
      find('usage-words', HTMLElement).textContent = words;
    } catch {
      // The bar stays as it was: the list of files says that the server does not answer.
    }
  };
}
