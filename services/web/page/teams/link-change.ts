import type { FolderLinkOptions } from '@cloudfront-cookie-gateway/client';
import { find } from '../dom.ts';
import { createTerm } from '../term.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { createFormDialog } from './form-dialog.ts';

/** A link lives for a year at most. */
export const LONGEST_LINK_SECONDS = 365 * 24 * 60 * 60;

type Change = Pick<FolderLinkOptions, 'password' | 'expiresIn'>;

/** The dialog for a new password or a new end of a link. What is left empty stays as it is. */
export function createLinkChange() {
  const password = find('link-change-password', HTMLInputElement);
  const term = createTerm('link-change-length', { longestSeconds: LONGEST_LINK_SECONDS });
  const dialog = createFormDialog('link-change', (error) => describeFailure(error).words);

  return {
    /** @param save gives the change to the host. It is not called if nothing is to change. */
    open(name: string, save: (change: Change) => Promise<void>): void {
      find('link-change-title', HTMLElement).textContent = text('changeLink', { name });
      password.value = '';
      term.begin('', 'days');
      dialog.open(async () => {
        const [secret, expiresIn] = [password.value, term.seconds()];
        if (secret || expiresIn)
          await save({ ...(secret && { password: secret }), ...(expiresIn && { expiresIn }) });
      });
    },
  };
}
