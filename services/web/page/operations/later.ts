import { announce } from '../dom.ts';
import { text } from '../words/language.ts';

export type Operations = typeof import('./operations.ts');

/** Runs an operation. The scripts of all operations load at the first one. */
export async function operate(use: (operations: Operations) => unknown): Promise<void> {
  // Firefox does not try again before the page is loaded anew.
  const operations = await import('./operations.ts').catch(() => announce(text('partMissing')));
  if (operations) await use(operations);
}
