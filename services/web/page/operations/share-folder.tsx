import { useSignal } from '@preact/signals';
import { mayChange, type Owner } from '../files/library.ts';
import { FormDialog, fieldOf, openDialog } from '../ui/dialog.tsx';
import { Choice, Field } from '../ui/parts.tsx';
import { text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { labelOf, type OperationsContext } from './context.ts';
import { describe } from './failures.ts';
import { relocate } from './transfer.ts';

interface ShareFolderProps {
  context: OperationsContext;
  owner: Owner;
  folder: string;
}

/** Shares a folder: a copy of it in a new team, or the folder itself in a team that is there. */
export function openShareFolder(context: OperationsContext, owner: Owner, folder: string): void {
  void openDialog(<ShareFolder context={context} owner={owner} folder={folder} />);
}

function ShareFolder({ context, owner, folder }: ShareFolderProps) {
  const teams = context.owners().filter((each) => each.team && each !== owner && mayChange(each));
  const isOld = useSignal(false);
  const name = labelOf(folder);
  const names = Object.fromEntries(teams.map(({ team }, index) => [index, nameOf(team)]));
  const save = async (fields: FormData) => {
    const target = isOld.value
      ? teams[Number(fieldOf(fields, 'team'))]
      : await context.makeTeam(fieldOf(fields, 'name').trim());
    if (!target) return;
    void relocate(context, isOld.value ? 'move' : 'copy', {
      owner,
      moves: [{ from: folder, to: `${name}/` }],
      target: { owner: target, folder: '' },
      said: () => text('sharedNow', { folder: name, team: nameOf(target.team) }),
    });
  };
  const choice = (isThis: boolean, words: string) => (
    <label>
      <input
        type="radio"
        name="kind"
        checked={isOld.value === isThis}
        onChange={() => {
          isOld.value = isThis;
        }}
      />
      {words}
    </label>
  );
  return (
    <FormDialog title={text('shareFolder', { name })} action={text('share')} describe={describe} save={save}>
      <p>{text('shareFolderText')}</p>
      {teams.length > 0 && choice(false, text('intoNew'))}
      {!isOld.value && (
        <Field label={text('teamName')} name="name" required maxLength={100} defaultValue={name} />
      )}
      {teams.length > 0 && choice(true, text('intoTeam'))}
      {isOld.value && <Choice label={text('team')} name="team" options={names} />}
    </FormDialog>
  );
}
