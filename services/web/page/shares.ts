import type { Gateway, ListedShare } from '../client/gateway.ts';
import { announce, create, find, removeRow, textButton } from './dom.ts';
import { countDown } from './words/countdown.ts';
import { text } from './words/language.ts';
import { describeFailure } from './words/words.ts';

/** The list of links. Each shows its time left, or says that its file has been replaced or deleted. */
export function createShares(gateway: Gateway): { refresh(): Promise<void>; clear(): void } {
  const section = find('shared', HTMLElement);
  const list = find('shares', HTMLElement);

  function createRow({ id, name, expiresAt, stale }: ListedShare): HTMLLIElement {
    const left = create('time', { class: 'quiet' });
    const row = create('li', { 'data-share': String(id) }, create('span', { class: 'name' }, name), left);
    const button = textButton(text('revoke'), text('revokeLink', { name }), async () => {
      button.disabled = true;
      try {
        await gateway.shares.revoke(id);
        announce(text('revoked', { name }));
        drop(row);
      } catch (error) {
        button.disabled = false;
        announce(text('notRevoked', { reason: describeFailure(error).words }));
      }
    });
    row.append(button);
    if (stale) left.textContent = text('stale');
    else countDown(left, expiresAt, () => drop(row));
    return row;
  }

  function drop(row: HTMLElement): void {
    removeRow(row);
    section.hidden = list.children.length === 0;
  }

  async function refresh(): Promise<void> {
    try {
      const shares = await gateway.shares.list();
      list.replaceChildren(...shares.map(createRow));
      section.hidden = shares.length === 0;
    } catch {
      // The list stays as it is: the list of files says that the server does not answer.
    }
  }

  return {
    refresh,
    clear() {
      list.replaceChildren();
      section.hidden = true;
    },
  };
}
