import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { libraryOf, mayChange } from '../files/library.ts';
import { allOwners } from '../teams/owners.ts';
import { CloseButton, Dialog, openDialog } from '../ui/dialog.tsx';
import { Button, Choice, Icon, SubmitButton } from '../ui/parts.tsx';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { labelOf, parentOf, placeName, type Target } from './names.ts';
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
export async function pickFolder(options: PickerOptions): Promise<Target | undefined> {
  let shown = options.from;
  const onShow = (target: Target) => {
    shown = target;
  };
  const value = await openDialog(<Picker onShow={onShow} {...options} />);
  return value === 'chosen' ? shown : undefined;
}

type PickerProps = PickerOptions & { onShow(target: Target): void };

function Picker({ onShow, title, action, note, from, without }: PickerProps) {
  const shown = useSignal(from);
  const form = useRef<HTMLFormElement>(null);
  const owners = allOwners().filter(mayChange);
  const { owner, folder } = shown.value;
  const library = libraryOf(owner);
  const isSame = owner === from.owner;
  const isHere = isSame && folder === from.folder;
  const folders = foldersIn(library.all(), folder).filter((each) => !isSame || !without.includes(each));
  const above = parentOf(folder);
  const steps = folders.map((path) => ({ path, label: labelOf(path) }));
  if (folder !== '')
    steps.unshift({ path: above, label: text('up', { folder: placeName({ owner, folder: above }) }) });
  useLayoutEffect(() => onShow(shown.value));

  const enter = (next: string) => {
    shown.value = { owner, folder: next };
    requestAnimationFrame(() => form.current?.querySelector('button')?.focus());
  };
  const change = (index: number) => {
    const next = owners[index] ?? from.owner;
    shown.value = { owner: next, folder: '' };
    const there = libraryOf(next);
    if (there.state() !== 'read') void there.refresh();
  };
  const create = () =>
    openNewFolder(shown.value, (made) => {
      shown.value = made;
      form.current?.querySelector<HTMLElement>('.primary')?.focus();
    });

  return (
    <Dialog title={title} buttons={null}>
      <form ref={form} class="fields" method="dialog">
        <Choice
          label={text('place')}
          options={Object.fromEntries(owners.map(({ team }, index) => [index, nameOf(team)]))}
          value={owners.indexOf(owner)}
          onChange={({ currentTarget }) => change(currentTarget.selectedIndex)}
        />
        <ul class="rows choices" aria-label={text('folders')}>
          {steps.map(({ path, label }) => (
            <li key={path}>
              <button type="button" onClick={() => enter(path)}>
                <Icon name="folder" />
                {label}
              </button>
            </li>
          ))}
          {folders.length === 0 && (
            <li class="quiet">{text(library.state() === 'reading' ? 'loading' : 'noFolders')}</li>
          )}
        </ul>
        <p role="status">{text(isHere ? 'alreadyIn' : 'chosenFolder', { folder: placeName(shown.value) })}</p>
        <p class="quiet">{note}</p>
        <p class="buttons">
          <Button words={text('newFolder')} onClick={create} />
          <CloseButton />
          <SubmitButton words={action} value="chosen" disabled={isHere} />
        </p>
      </form>
    </Dialog>
  );
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
