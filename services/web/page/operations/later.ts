import { announce } from '../dom.ts';
import { text } from '../words/language.ts';
import type { PageContext } from './context.ts';
import type { Operations } from './operations.ts';

/** Runs operations. Their scripts and words load at the first one. */
export interface LaterOperations {
  run(use: (operations: Operations) => unknown): Promise<void>;
  clear(): void;
}

export function createLaterOperations(context: PageContext): LaterOperations {
  let loading: Promise<Operations> | undefined;
  let loaded: Operations | undefined;

  async function load(): Promise<Operations> {
    const { createOperations } = await import('./operations.ts');
    loaded = createOperations(context);
    return loaded;
  }

  return {
    async run(use) {
      loading ??= load();
      try {
        await loading;
      } catch {
        // Firefox does not try again before the page is loaded anew.
        loading = undefined;
        return announce(text('partMissing'));
      }
      if (loaded) await use(loaded);
    },
    clear: () => loaded?.clear(),
  };
}
