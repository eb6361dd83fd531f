import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { create } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { uploads } from '../uploads/own-uploads.ts';

/** Lets the person choose the file that replaces a file of the same type. */
export function replace(owner: Owner, { name, type }: ListedFile): void {
  const input = create('input', { type: 'file', accept: type });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) uploads.replace(owner, file, name);
  });
  input.click();
}
