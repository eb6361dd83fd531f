import type { ListedShare } from '@cloudfront-cookie-gateway/client';
import { announce, create, textButton, workButton } from '../dom.ts';
import { formatMinute, text } from '../words/language.ts';
import { countDown } from '../words/shown.ts';
import { describeFailure } from '../words/words.ts';
import type { Owner } from './library.ts';

/**
 * A share as a row: the time that is left, a button that copies its address again if that is known, and one that revokes it.
 * @param title what stands before the time
 * @param onEnd called once it opens nothing any more: its time is up, or the person has revoked it
 */
export function createShareRow(
  { shares }: Pick<Owner, 'shares'>,
  { id, name, page, expiresAt, stale }: ListedShare,
  title: Node | string,
  onEnd: (row: HTMLElement) => void,
): HTMLLIElement {
  const left = create('time', { class: 'quiet' });
  const row = create('li', { 'data-share': String(id) }, create('span', { class: 'name' }, title), left);
  const revoke = async () => {
    try {
      await shares.revoke(id);
      announce(text('revoked', { name }));
      onEnd(row);
    } catch (error) {
      announce(text('notRevoked', { reason: describeFailure(error).words }));
    }
  };
  if (stale) left.textContent = text('stale');
  else {
    left.title = text('until', { date: formatMinute(expiresAt) });
    countDown(left, expiresAt, () => onEnd(row));
    if (page !== undefined) row.append(copyButton(page, name));
  }
  row.append(workButton(text('revoke'), text('revokeLink', { name }), revoke));
  return row;
}

function copyButton(page: string, name: string): HTMLElement {
  const copy = textButton(text('copy'), text('copyLinkTo', { name }), () => void copyAddress(page, copy));
  return copy;
}

/** Copies an address, and says so on the pressed button. */
async function copyAddress(address: string, copy: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(address);
    copy.textContent = text('copied');
    announce(text('inClipboard'));
  } catch {
    // A browser may forbid copying. The person then copies the address from a field.
    const field = create('input', { readonly: '', value: address, 'aria-label': text('link') });
    copy.replaceWith(field);
    field.select();
    announce(text('noClipboard'));
  }
}
