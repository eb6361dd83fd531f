import type { Guest } from '@cloudfront-cookie-gateway/client/guest';
import { create, find } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { watchFiles } from '../uploads/picker.ts';
import { createUploads } from '../uploads/uploads.ts';
import { formatMinute, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { showLine } from './line.ts';

/** A file that this tab has sent. */
interface Sent {
  name: string;
  /** The name that it got, if that is another one. */
  as?: string;
  size: number;
}

/** Lets the person send files. @returns what ends that */
export function showSending(guest: Guest): () => void {
  const { link } = guest;
  const owner: Owner = { ...guest, team: undefined };
  const sent = createSent(link.id);
  let isOver = false;
  const uploads = createUploads({
    // The host says that the link is over.
    isOpen: () => true,
    // The host gives each file a free name.
    present: () => undefined,
    async onUploaded({ wanted, file }, { name }) {
      const isOther = name !== wanted.name.normalize('NFC');
      sent.add({ name: wanted.name, size: file.size, ...(isOther ? { as: name } : {}) });
    },
    onSettled() {},
    nameOf: () => '',
    // A guest cannot make room.
    limitOf: () => undefined,
    onFull() {},
  });
  const heading = text('guestSend', { team: link.team.name });
  find('heading', HTMLElement).textContent = heading;
  find('heading', HTMLElement).classList.remove('unseen');
  document.title = `${heading} – ${text('title')}`;
  showLine(text('guestSendText', { date: formatMinute(link.expiresAt) }));
  find('files', HTMLElement).hidden = true;
  find('send', HTMLElement).hidden = false;
  watchFiles(() =>
    isOver
      ? undefined
      : {
          into: link.team.name,
          take(files) {
            for (const { file, path } of files) uploads.add(owner, file, path);
          },
        },
  );
  return () => {
    isOver = true;
    for (const id of ['heading', 'team', 'send']) find(id, HTMLElement).hidden = true;
  };
}

/** The list of what this tab has sent by a link. It outlives a reload. */
function createSent(link: string) {
  const key = `sent-${link}`;
  const files: Sent[] = JSON.parse(sessionStorage.getItem(key) ?? '[]');

  function show(): void {
    find('sent', HTMLElement).hidden = files.length === 0;
    find('sent-files', HTMLElement).replaceChildren(...[...files].reverse().map(createRow));
  }

  show();
  return {
    add(file: Sent): void {
      files.push(file);
      sessionStorage.setItem(key, JSON.stringify(files));
      show();
    },
  };
}

function createRow({ name, as, size }: Sent): HTMLLIElement {
  const words = as === undefined ? formatSize(size) : text('sentAs', { size: formatSize(size), name: as });
  return create(
    'li',
    { 'data-name': name },
    create('span', { class: 'name' }, name),
    create('span', { class: 'quiet' }, words),
  );
}
