import { fileOperations, type TrashedFile } from '@cloudfront-cookie-gateway/client/files';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { libraryOf, type Owner } from '../files/library.ts';
import { noteChange } from '../state.ts';
import { confirm, Dialog, openDialog, useReport } from '../ui/dialog.tsx';
import { Face, Row, WorkButton } from '../ui/parts.tsx';
import { formatDay, formatMinute, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { describe } from './failures.ts';
import { filesOf } from './names.ts';

/** Opens the trash of an owner in a dialog. */
export function openTrash(owner: Owner): void {
  void openDialog(<Trash owner={owner} />);
}

/** What an owner has deleted. */
function Trash({ owner }: { owner: Owner }) {
  const { trash } = fileOperations(filesOf(owner));
  const { say, attempt, report } = useReport(describe, text('loading'));
  const files = useSignal<readonly TrashedFile[]>([]);
  const cursor = useSignal<string | undefined>(undefined);
  const mayEmpty = owner.team === undefined || owner.team.role === 'manager';
  const mayRestore = owner.team?.role !== 'viewer';

  const read = () =>
    attempt(async () => {
      // A page may be empty although others follow.
      do {
        const page = await trash.list({ cursor: cursor.value });
        files.value = [...files.value, ...page.files];
        cursor.value = page.cursor;
      } while (cursor.value !== undefined && files.value.length === 0);
      say(text(files.value.length === 0 ? 'trashEmpty' : 'trashText'));
    });
  useEffect(() => void read(), []);

  function leave(left: readonly TrashedFile[], said: string): void {
    files.value = left;
    say(said);
    noteChange();
  }

  const others = (file: TrashedFile) => files.value.filter((each) => each !== file);
  const restore = (file: TrashedFile) =>
    attempt(async () => {
      await trash.restore(file);
      await libraryOf(owner).look(file.name);
      leave(others(file), text('restoredOne', file));
    });
  const forEver = (file: TrashedFile) =>
    attempt(async () => {
      const title = text('forEverQuestion', file);
      if (!(await confirm({ title, text: text('forEverText'), action: text('forEver') }))) return;
      await trash.delete(file);
      leave(others(file), text('goneForEver', file));
    });
  const empty = () =>
    attempt(async () => {
      const [title, action] = [text('emptyQuestion'), text('emptyTrash')];
      if (!(await confirm({ title, text: text('emptyTrashText'), action }))) return;
      await trash.empty();
      cursor.value = undefined;
      leave([], text('emptied'));
    });

  return (
    <Dialog
      title={owner.team ? text('trashOf', { name: owner.team.name }) : text('trash')}
      buttons={
        <>
          {cursor.value !== undefined && <WorkButton words={text('moreTrash')} work={read} />}
          {mayEmpty && files.value.length > 0 && <WorkButton words={text('emptyTrash')} work={empty} />}
        </>
      }
    >
      {report}
      <ul class="rows">
        {files.value.map((file) => (
          <Row key={file.version} face={<Face name={file.name} />} name={file.name} facts={factsOf(file)}>
            {mayRestore && (
              <WorkButton
                words={text('restore')}
                label={text('restoreOf', file)}
                work={() => restore(file)}
              />
            )}
            {mayEmpty && (
              <WorkButton
                words={text('forEver')}
                label={text('forEverOf', file)}
                work={() => forEver(file)}
              />
            )}
          </Row>
        ))}
      </ul>
    </Dialog>
  );
}

function factsOf({ size, deletedAt, goesAt }: TrashedFile): string {
  return text('trashFacts', {
    size: formatSize(size),
    date: formatMinute(deletedAt),
    goes: formatDay(goesAt),
  });
}
