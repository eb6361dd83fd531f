import type { Choice, Meeting } from '@cloudfront-cookie-gateway/client/files';
import { Dialog, openDialog } from '../ui/dialog.tsx';
import { Row, SubmitButton } from '../ui/parts.tsx';
import { counted, formatMinute, NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';

/** So many files are shown. The others appear as a number. */
const MAX_SHOWN = 5;

/** Asks once for all files whose names are taken. Escape leaves them where they are. */
export async function askAboutMeetings(meetings: readonly Meeting[]): Promise<Choice> {
  const { length } = meetings;
  const more = NUMBER.format(length - MAX_SHOWN);
  const value = await openDialog(
    <Dialog title={counted(length, 'meetOne', 'meetMany')} buttons={null}>
      <ul class="rows">
        {meetings.slice(0, MAX_SHOWN).map((meeting) => (
          <Row key={meeting.name} name={meeting.name} facts={factsOf(meeting)} />
        ))}
      </ul>
      {length > MAX_SHOWN && <p class="quiet">{text('more', { count: more })}</p>}
      {length > 1 && <p>{text('meetText')}</p>}
      <form method="dialog" class="buttons">
        <SubmitButton words={text('skipAll')} class="" />
        <SubmitButton words={text(length === 1 ? 'replace' : 'replaceAll')} value="replace" class="" />
        <SubmitButton words={text('keepBoth')} value="keep" autofocus />
      </form>
    </Dialog>,
  );
  return value === 'keep' || value === 'replace' ? value : 'skip';
}

function factsOf({ size, present }: Meeting): string {
  if (!present) return '';
  const date = formatMinute(present.lastModified);
  return text('meetFacts', { size: formatSize(size), other: formatSize(present.size), date });
}
