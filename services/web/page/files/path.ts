import { create, find } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { hashOf } from './address.ts';

/** The folders that lead to the shown folder, each as a link, and the number of shown files. */
export function showPath(folder: string, files: number): void {
  const steps = folder.split('/').slice(0, -1);
  const links = ['', ...steps].map((label, index) => {
    const path = steps.slice(0, index).map((step) => `${step}/`);
    const here: { 'aria-current'?: string } = index === steps.length ? { 'aria-current': 'page' } : {};
    const words = index === 0 ? text('yourFiles') : label || '/';
    return create(
      'li',
      {},
      create('a', { href: hashOf({ folder: path.join('') }), title: words, ...here }, words),
    );
  });
  find('path', HTMLElement).replaceChildren(...links);
  find('count', HTMLElement).textContent =
    files === 1 ? text('oneFile') : text('manyFiles', { count: NUMBER.format(files) });
}
