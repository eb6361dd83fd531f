import { fileOperations, type TrashedFile } from '@cloudfront-cookie-gateway/client/files';
import { confirm, create, removeRow, workButton } from '../dom.ts';
import { createFace } from '../files/card.ts';
import type { Owner } from '../files/library.ts';
import { formatDay, formatMinute, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { filesOf, type OperationsContext } from './context.ts';
import { closeButton, codeOf, describe, openDialog, troubleLine } from './dialog.ts';

/** Opens the trash of an owner in a dialog. */
export function openTrash(context: OperationsContext, owner: Owner): void {
  const trash = createTrash(context, owner);
  const title = owner.team ? text('trashOf', { name: owner.team.name }) : text('trash');
  openDialog(title, trash.element, create('p', { class: 'buttons' }, closeButton(text('done'))));
  void trash.read();
}

/** The list of what an owner has deleted, for a dialog or a view of the page. */
function createTrash(context: OperationsContext, owner: Owner) {
  const { trash } = fileOperations(filesOf(owner));
  const mayEmpty = owner.team === undefined || owner.team.role === 'manager';
  const mayRestore = owner.team?.role !== 'viewer';
  const list = create('ul', { class: 'rows' });
  const status = create('p', { class: 'quiet', role: 'status' });
  const trouble = troubleLine();
  const more = workButton(text('moreTrash'), text('moreTrash'), read);
  const empty = workButton(text('emptyTrash'), text('emptyTrash'), emptyAll);
  let cursor: string | undefined;

  /** Does something, and says why if it did not work. */
  async function attempt(run: () => Promise<void>): Promise<void> {
    trouble.textContent = '';
    try {
      await run();
    } catch (error) {
      if (codeOf(error) === 'no_trash') status.textContent = text('noTrash');
      else trouble.textContent = describe(error);
    }
    showState();
  }

  function showState(): void {
    more.hidden = cursor === undefined;
    empty.hidden = !mayEmpty || list.childElementCount === 0;
  }

  async function read(): Promise<void> {
    if (list.childElementCount === 0) status.textContent = text('loading');
    await attempt(async () => {
      // A page may be empty although others follow.
      do {
        const page = await trash.list({ cursor });
        list.append(...page.files.map(createRow));
        ({ cursor } = page);
      } while (cursor !== undefined && list.childElementCount === 0);
      status.textContent = text(list.childElementCount === 0 ? 'trashEmpty' : 'trashText');
    });
  }

  function createRow(file: TrashedFile): HTMLLIElement {
    const { name, size, deletedAt, goesAt } = file;
    const facts = { size: formatSize(size), date: formatMinute(deletedAt), goes: formatDay(goesAt) };
    const row: HTMLLIElement = create(
      'li',
      { 'data-name': name },
      createFace(name),
      create('span', { class: 'name' }, name),
      create('span', { class: 'quiet' }, text('trashFacts', facts)),
    );
    const restore = async () => {
      await trash.restore(file);
      await context.libraryOf(owner).look(name);
      leave(row, text('restoredOne', { name }));
    };
    const forEver = async () => {
      const title = text('forEverQuestion', { name });
      const isSure = await confirm({ title, text: text('forEverText'), action: text('forEver') });
      if (!isSure) return;
      await trash.delete(file);
      leave(row, text('goneForEver', { name }));
    };
    if (mayRestore) {
      row.append(workButton(text('restore'), text('restoreOf', { name }), () => attempt(restore)));
    }
    if (mayEmpty) {
      row.append(workButton(text('forEver'), text('forEverOf', { name }), () => attempt(forEver)));
    }
    return row;
  }

  function leave(row: HTMLElement, said: string): void {
    removeRow(row);
    status.textContent = said;
    context.onChanged();
  }

  async function emptyAll(): Promise<void> {
    const question = {
      title: text('emptyQuestion'),
      text: text('emptyTrashText'),
      action: text('emptyTrash'),
    };
    if (!(await confirm(question))) return;
    await attempt(async () => {
      await trash.empty();
      list.replaceChildren();
      cursor = undefined;
      status.textContent = text('emptied');
      context.onChanged();
    });
  }

  showState();
  const element = create('div', { class: 'trash' }, status, trouble, list, create('p', {}, more, ' ', empty));
  return { element, read };
}
