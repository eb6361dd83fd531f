import type { Choice, Meeting } from '@cloudfront-cookie-gateway/client/files';
import { create } from '../dom.ts';
import { formatMinute, NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { openDialog } from './dialog.ts';

/** So many files are shown. The others appear as a number. */
const MAX_SHOWN = 5;

/** Asks once for all files whose names are taken. Escape leaves them where they are. */
export function askAboutMeetings(meetings: readonly Meeting[]): Promise<Choice> {
  const count = NUMBER.format(meetings.length);
  const dialog = openDialog(
    meetings.length === 1 ? text('meetOne') : text('meetMany', { count }),
    create('ul', { class: 'rows' }, ...meetings.slice(0, MAX_SHOWN).map(createRow)),
    ...(meetings.length > MAX_SHOWN
      ? [create('p', { class: 'quiet' }, text('more', { count: NUMBER.format(meetings.length - MAX_SHOWN) }))]
      : []),
    ...(meetings.length > 1 ? [create('p', {}, text('meetText'))] : []),
  );
  return new Promise((resolve) => {
    let choice: Choice = 'skip';
    const button = (label: string, chosen: Choice) => {
      const made = create('button', { type: 'button' }, label);
      made.addEventListener('click', () => {
        choice = chosen;
        dialog.close();
      });
      return made;
    };
    const keep = button(text('keepBoth'), 'keep');
    keep.classList.add('primary');
    dialog.append(
      create(
        'p',
        { class: 'buttons' },
        button(text('skipAll'), 'skip'),
        button(meetings.length === 1 ? text('replace') : text('replaceAll'), 'replace'),
        keep,
      ),
    );
    keep.focus();
    dialog.addEventListener('close', () => resolve(choice));
  });
}

function createRow({ name, size, present }: Meeting): HTMLLIElement {
  const row = create('li', {}, create('span', { class: 'name' }, name));
  if (present) {
    const date = formatMinute(present.lastModified);
    const facts = { size: formatSize(size), other: formatSize(present.size), date };
    row.append(create('span', { class: 'quiet' }, text('meetFacts', facts)));
  }
  return row;
}
