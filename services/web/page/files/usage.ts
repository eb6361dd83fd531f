import type { Gateway, Session } from '../../client/gateway.ts';
import { find } from '../dom.ts';
import { text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';

/** The bar of the used space, if there is a limit. */
export function createUsage(gateway: Gateway) {
  const bar = find('usage-bar', HTMLProgressElement);

  return {
    /** The host counts, which takes a while if there are many files. */
    async refresh(session: Session | undefined): Promise<void> {
      const limit = session?.files.maxBytes;
      find('usage', HTMLElement).hidden = limit === undefined;
      if (limit === undefined) return;
      try {
        const { bytes } = await gateway.files.usage();
        const words = text('usage', { used: formatSize(bytes), limit: formatSize(limit) });
        bar.value = Math.min(bytes / limit, 1);
        bar.classList.toggle('full', bytes > limit * 0.9);
        bar.setAttribute('aria-label', words);
        find('usage-words', HTMLElement).textContent = words;
      } catch {
        // The bar stays as it was: the list of files says that the server does not answer.
      }
    },
  };
}
