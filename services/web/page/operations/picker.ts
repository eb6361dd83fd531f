import { create, icon, onPress, textButton } from '../dom.ts';
import { mayChange } from '../files/library.ts';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { labelOf, type OperationsContext, parentOf, placeName, type Target } from './context.ts';
import { closeButton, openDialog } from './dialog.ts';
import { openNewFolder } from './new-folder.ts';

export interface PickerOptions {
  title: string;
  action: string;
  note: string;
  /** The folder that is shown first. The button does nothing in it. */
  from: Target;
  /** Folders that cannot be chosen, nor what is in them. */
  without: readonly string[];
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** Asks for a folder, of the person or of a team. Undefined if the person chooses none. */
export function pickFolder(context: OperationsContext, options: PickerOptions): Promise<Target | undefined> {
  const { from } = options;
  let shown = from;
  const owners = context.owners().filter(mayChange);
  const place = create('select', {}, ...owners.map(({ team }) => create('option', {}, nameOf(team))));
  const list = create('ul', { class: 'rows choices', 'aria-label': text('folders') });
  const here = create('p', { role: 'status' });
  const choose = create('button', { type: 'button', class: 'primary' }, options.action);
  const dialog = openDialog(
    options.title,
    create('label', { class: 'fields' }, text('place'), ' ', place),
    list,
    here,
    create('p', { class: 'quiet' }, options.note),
    create(
      'p',
      { class: 'buttons' },
      textButton(text('newFolder'), text('newFolder'), () => openNewFolder(context, shown, show)),
      closeButton(),
      choose,
    ),
  );

  function draw(): void {
    const library = context.libraryOf(shown.owner);
    const isSame = shown.owner === from.owner;
    const folders = foldersIn(library.all(), shown.folder).filter(
      (folder) => !isSame || !options.without.includes(folder),
    );
    const steps = [
      ...(shown.folder === '' ? [] : [createUp()]),
      ...folders.map((folder) => createStep(labelOf(folder), folder)),
    ];
    list.replaceChildren(...steps);
    if (folders.length === 0) {
      const state = library.state() === 'reading' ? text('loading') : text('noFolders');
      list.append(create('li', { class: 'quiet' }, state));
    }
    const isHere = isSame && shown.folder === from.folder;
    here.textContent = text(isHere ? 'alreadyIn' : 'chosenFolder', { folder: placeName(shown) });
    choose.disabled = isHere;
  }

  function createUp(): HTMLLIElement {
    const above = parentOf(shown.folder);
    return createStep(text('up', { folder: placeName({ ...shown, folder: above }) }), above);
  }

  function createStep(label: string, folder: string): HTMLLIElement {
    const enter = () => {
      shown = { ...shown, folder };
      draw();
      list.querySelector('button')?.focus();
    };
    const step = textButton(label, label, enter);
    step.prepend(icon('folder'));
    return create('li', {}, step);
  }

  function show(target: Target): void {
    shown = target;
    draw();
    choose.focus();
  }

  place.selectedIndex = owners.indexOf(from.owner);
  place.addEventListener('change', () => {
    shown = { owner: owners[place.selectedIndex] ?? from.owner, folder: '' };
    draw();
    const library = context.libraryOf(shown.owner);
    if (library.state() !== 'read') void library.refresh().then(draw);
  });
  draw();
  return new Promise((resolve) => {
    let chosen: Target | undefined;
    onPress(choose, async () => {
      chosen = shown;
      dialog.close();
    });
    dialog.addEventListener('close', () => resolve(chosen));
  });
}

/** The folders that are directly in a folder. */
function foldersIn(files: Iterable<{ name: string }>, folder: string): string[] {
  const found = new Set<string>();
  for (const { name } of files) {
    const end = name.startsWith(folder) ? name.indexOf('/', folder.length) : -1;
    if (end >= 0) found.add(name.slice(0, end + 1));
  }
  found.delete(folder);
  return [...found].sort(COLLATOR.compare);
}
