import { type FileVersion, fileOperations } from '@cloudfront-cookie-gateway/client/files';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { libraryOf, type Owner } from '../files/library.ts';
import { noteChange } from '../state.ts';
import { Dialog, openDialog, useReport } from '../ui/dialog.tsx';
import { Row, WorkButton } from '../ui/parts.tsx';
import { formatMinute, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { describe } from './failures.ts';
import { filesOf, labelOf } from './names.ts';

/** Opens the list of what a file was before. An editor makes a version the present one. */
export function openVersions(owner: Owner, name: string): void {
  void openDialog(<Versions owner={owner} name={name} />);
}

function Versions({ owner, name }: { owner: Owner; name: string }) {
  const { versions } = fileOperations(filesOf(owner));
  const { say, attempt, report } = useReport(describe, text('loading'));
  const found = useSignal<readonly FileVersion[]>([]);
  const mayRestore = owner.team?.role !== 'viewer';

  const read = async () => {
    found.value = await versions.list(name);
    say(text(found.value.length > 1 ? 'versionsText' : 'noVersions'));
  };
  useEffect(() => void attempt(read), []);

  const restore = (version: string, date: string) =>
    attempt(async () => {
      await versions.restore({ name, version });
      await libraryOf(owner).look(name);
      noteChange();
      await read();
      say(text('madePresent', { name: labelOf(name), date }));
    });

  return (
    <Dialog title={text('versionsOf', { name: labelOf(name) })}>
      {report}
      <ul class="rows">
        {found.value.map(({ version, size, lastModified, current }) => {
          const date = formatMinute(lastModified);
          const facts = text('version', { date, size: formatSize(size) });
          return (
            <Row key={version} name={facts} facts={current && text('present')}>
              {!current && mayRestore && (
                <WorkButton
                  words={text('makePresent')}
                  label={text('makePresentOf', { date })}
                  work={() => restore(version, date)}
                />
              )}
            </Row>
          );
        })}
      </ul>
    </Dialog>
  );
}
