import type { Choice } from '@cloudfront-cookie-gateway/client/files';
import { counted, formatMinute, NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { Dialog, openDialog } from './dialog.tsx';
import { Row, SubmitButton } from './parts.tsx';

/** A file whose name is taken, and what is known of the file that has the name. */
export interface TakenName {
  name: string;
  /** Bytes. */
  size: number;
  present?: { size?: number; lastModified?: string };
}

/** So many files are shown. The others appear as a number. */
const MAX_SHOWN = 5;

/** Asks once for all files whose names are taken. Escape leaves what is there as it is. */
export async function askAboutTaken(taken: readonly TakenName[]): Promise<Choice> {
  const { length } = taken;
  const more = NUMBER.format(length - MAX_SHOWN);
  const value = await openDialog(
    <Dialog title={counted(length, 'takenOne', 'takenMany')} buttons={null}>
      <ul class="rows">
        {taken.slice(0, MAX_SHOWN).map((each) => (
          <Row key={each} name={each.name} facts={factsOf(each)} />
        ))}
      </ul>
      {length > MAX_SHOWN && <p class="quiet">{text('more', { count: more })}</p>}
      {length > 1 && <p>{text('takenText')}</p>}
      <form method="dialog" class="buttons">
        <SubmitButton words={text('skip')} class="" />
        <SubmitButton words={text(length === 1 ? 'replace' : 'replaceAll')} value="replace" class="" />
        <SubmitButton words={text('keepBoth')} value="keep" autofocus />
      </form>
    </Dialog>,
  );
  return value === 'keep' || value === 'replace' ? value : 'skip';
}

function factsOf({ size, present }: TakenName): string {
  if (present?.size === undefined || present.lastModified === undefined) return formatSize(size);
  const date = formatMinute(present.lastModified);
  return text('takenFacts', { size: formatSize(size), other: formatSize(present.size), date });
}
