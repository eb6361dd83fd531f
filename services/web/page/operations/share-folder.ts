import { create, onPress } from '../dom.ts';
import { mayChange, type Owner } from '../files/library.ts';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { labelOf, type OperationsContext, parentOf } from './context.ts';
import { closeButton, describe, openDialog, troubleLine } from './dialog.ts';
import type { Tasks } from './tasks.ts';
import { relocate } from './transfer.ts';

/** Shares a folder: a copy of it in a new team, or the folder itself in a team that is there. */
export function openShareFolder(
  context: OperationsContext,
  tasks: Tasks,
  owner: Owner,
  folder: string,
): void {
  const teams = context.owners().filter((each) => each.team && each !== owner && mayChange(each));
  const name = create('input', { type: 'text', required: '', maxlength: '100', autocomplete: 'off' });
  name.value = labelOf(folder);
  const isNew = create('input', { type: 'radio', name: 'share-folder', checked: '' });
  const isOld = create('input', { type: 'radio', name: 'share-folder' });
  const team = create('select', {}, ...teams.map((each) => create('option', {}, nameOf(each.team))));
  const trouble = troubleLine();
  const submit = create('button', { type: 'submit', class: 'primary' }, text('share'));
  const nameField = create('label', {}, text('teamName'), ' ', name);
  const teamField = create('label', {}, text('team'), ' ', team);
  const form = create(
    'form',
    { class: 'fields' },
    create('p', {}, text('shareFolderText')),
    ...(teams.length === 0 ? [] : [create('label', {}, isNew, ' ', text('intoNew'))]),
    nameField,
    ...(teams.length === 0 ? [] : [create('label', {}, isOld, ' ', text('intoTeam')), teamField]),
    trouble,
    create('p', { class: 'buttons' }, closeButton(), submit),
  );
  const dialog = openDialog(text('shareFolder', { name: labelOf(folder) }), form);
  const showFields = () => {
    nameField.hidden = isOld.checked;
    name.disabled = isOld.checked;
    teamField.hidden = !isOld.checked;
  };
  for (const choice of [isNew, isOld]) choice.addEventListener('change', showFields);
  showFields();
  submit.focus();
  onPress(submit, async () => {
    trouble.textContent = '';
    try {
      const target = isOld.checked ? teams[team.selectedIndex] : await context.makeTeam(name.value.trim());
      dialog.close();
      if (target) void put(context, tasks, { owner, folder, target, kind: isOld.checked ? 'move' : 'copy' });
    } catch (error) {
      trouble.textContent = describe(error);
    }
  });
}

interface Putting {
  owner: Owner;
  folder: string;
  target: Owner;
  kind: 'move' | 'copy';
}

async function put(
  context: OperationsContext,
  tasks: Tasks,
  { owner, folder, target, kind }: Putting,
): Promise<void> {
  const said = text('sharedNow', { folder: labelOf(folder), team: nameOf(target.team) });
  await relocate(context, tasks, {
    kind,
    owner,
    moves: [{ from: folder, to: folder.slice(parentOf(folder).length) }],
    target: { owner: target, folder: '' },
    said: () => said,
  });
}
