import { type FileVersion, fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { create, workButton } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { formatMinute, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { filesOf, labelOf, type OperationsContext } from './context.ts';
import { closeButton, codeOf, describe, openDialog, troubleLine } from './dialog.ts';

/** Opens the list of what a file was before. An editor makes a version the present one. */
export function openVersions(context: OperationsContext, owner: Owner, name: string): void {
  const { versions } = fileOperations(filesOf(owner));
  const list = create('ul', { class: 'rows' });
  const status = create('p', { class: 'quiet', role: 'status' }, text('loading'));
  const trouble = troubleLine();
  openDialog(
    text('versionsOf', { name: labelOf(name) }),
    status,
    trouble,
    list,
    create('p', { class: 'buttons' }, closeButton(text('done'))),
  );

  async function attempt(run: () => Promise<void>): Promise<void> {
    trouble.textContent = '';
    try {
      await run();
    } catch (error) {
      status.textContent = '';
      if (codeOf(error) === 'no_trash') status.textContent = text('noTrash');
      else trouble.textContent = describe(error);
    }
  }

  async function read(): Promise<void> {
    const found = await versions.list(name);
    list.replaceChildren(...found.map(createRow));
    status.textContent = text(found.length > 1 ? 'versionsText' : 'noVersions');
  }

  function createRow({ version, size, lastModified, current }: FileVersion): HTMLLIElement {
    const date = formatMinute(lastModified);
    const facts = text('version', { date, size: formatSize(size) });
    const row = create('li', { 'data-version': version }, create('span', { class: 'name' }, facts));
    if (current) row.append(create('span', { class: 'quiet' }, text('present')));
    else if (owner.team?.role !== 'viewer') {
      const makePresent = async () => {
        await versions.restore({ name, version });
        await context.libraryOf(owner).look(name);
        context.onChanged();
        await read();
        status.textContent = text('madePresent', { name: labelOf(name), date });
        list.querySelector('button')?.focus();
      };
      row.append(
        workButton(text('makePresent'), text('makePresentOf', { date }), () => attempt(makePresent)),
      );
    }
    return row;
  }

  void attempt(read);
}
