import type { Guest } from '@cloudfront-cookie-gateway/client/guest';
import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import type { Owner } from '../files/library.ts';
import { TeamLine } from '../shell/frame.tsx';
import { Button, Row } from '../ui/parts.tsx';
import { chooseFiles, FileInputs, type Found, watchFiles } from '../uploads/picker.tsx';
import { createUploads } from '../uploads/uploads.ts';
import { formatMinute, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';

/** A file that this tab has sent. */
interface Sent {
  name: string;
  /** The name that it got, if that is another one. */
  as?: string;
  size: number;
}

/** Lets the person send files, and notes what this tab has sent. That outlives a reload. */
export function createSending(guest: Guest) {
  const key = `sent-${guest.link.id}`;
  const sent = signal<readonly Sent[]>(JSON.parse(sessionStorage.getItem(key) ?? '[]'));
  const owner: Owner = { ...guest, team: undefined };
  let isOver = false;
  const uploads = createUploads({
    // The host says that the link is over.
    isOpen: () => true,
    // The host gives each file a free name.
    present: () => undefined,
    async onUploaded({ wanted, file }, { name }) {
      const isOther = name !== wanted.name.normalize('NFC');
      sent.value = [...sent.value, { name: wanted.name, size: file.size, ...(isOther && { as: name }) }];
      sessionStorage.setItem(key, JSON.stringify(sent.value));
    },
    onSettled() {},
    nameOf: () => '',
    // A guest cannot make room.
    limitOf: () => undefined,
    onFull() {},
  });
  const take = (files: Found[]) => {
    for (const { file, path } of files) uploads.add(owner, file, path);
  };
  const receiver = () => (isOver ? undefined : { into: guest.link.team.name, take });
  watchFiles(receiver);
  guest.on('signedout', () => {
    isOver = true;
  });
  return { link: guest.link, sent, receiver };
}

export function Sending({ link, sent, receiver }: ReturnType<typeof createSending>) {
  const heading = text('guestSend', { team: link.team.name });
  useLayoutEffect(() => {
    document.title = `${heading} – ${text('title')}`;
  }, []);
  return (
    <div id="content">
      <h1>{heading}</h1>
      <FileInputs receiver={receiver} />
      <p id="send">
        <Button words={text('chooseFiles')} class="primary" onClick={() => chooseFiles('file-input')} />
        <Button words={text('chooseFolder')} onClick={() => chooseFiles('folder-input')} />
        <span class="quiet">{text('dropHint')}</span>
      </p>
      <TeamLine words={text('guestSendText', { date: formatMinute(link.expiresAt) })} />
      {sent.value.length > 0 && (
        <section id="sent">
          <h2>{text('sent')}</h2>
          <ul class="rows" aria-label={text('sent')}>
            {[...sent.value].reverse().map(({ name, as, size }, index) => (
              <Row
                key={sent.value.length - index}
                name={name}
                facts={
                  as === undefined ? formatSize(size) : text('sentAs', { size: formatSize(size), name: as })
                }
              />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
