import { freeName } from '@cloudfront-cookie-gateway/client/free-name';
import { type Signal, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { badgeOf } from '../files/card.ts';
import type { Owner } from '../files/library.ts';
import { Dialog, openDialog } from '../ui/dialog.tsx';
import { Choice as ChoiceField, Options, SubmitButton } from '../ui/parts.tsx';
import { counted, formatMinute, NUMBER, text } from '../words/language.ts';
import { formatSize, splitName } from '../words/words.ts';
import type { Upload } from './batch.ts';

/** A person's choice for an upload whose name is taken. */
export type Choice = 'keep' | 'skip' | 'replace';

/** The first is the safe one: both files stay. */
const CHOICES = { keep: text('keepBoth'), skip: text('skip'), replace: text('replace') };

/** The most rows of the table. Further files get the choice for all. */
const MAX_ROWS = 100;
/** A larger picture without a thumbnail would take too long to load, or to decode, for this table. */
const MAX_LOADED_BYTES = 1_000_000;
const MAX_DRAWN_BYTES = 50_000_000;
const THUMBNAIL_PX = 96;

/** The file that has the name, as far as it is known. */
export interface Present {
  size?: number;
  lastModified?: string;
  type?: string;
  url?: string;
  thumbnailUrl?: string;
}

interface Question {
  upload: Upload;
  present: Present;
  choice: Signal<Choice>;
  answer: (choice: Choice) => void;
}

/**
 * One table for all uploads whose names are taken, with a choice for each.
 * @param mayAsk whether somebody is there to ask
 */
export function createConflicts(mayAsk: () => boolean) {
  const questions = signal<readonly Question[]>([]);
  const forAll = signal<Choice | ''>('');
  let isOpen = false;
  /** The person has put the table off. */
  let isLater = false;

  async function show(): Promise<void> {
    if (isOpen || isLater || questions.value.length === 0 || !mayAsk()) return;
    isOpen = true;
    forAll.value = '';
    const value = await openDialog(<Conflicts questions={questions} forAll={forAll} />);
    isOpen = false;
    isLater = value !== 'go' && questions.value.length > 0;
    if (value === 'go') for (const { answer, choice } of questions.value) answer(choice.value);
  }

  return {
    ask(upload: Upload, present: Present): Promise<Choice> {
      // The page has chosen this name itself, and chooses another one.
      if (upload.wanted.beside !== undefined) return Promise.resolve('keep');
      return new Promise((resolve) => {
        const question: Question = {
          upload,
          present,
          choice: signal(forAll.value || 'keep'),
          answer(choice) {
            questions.value = questions.value.filter((each) => each !== question);
            resolve(choice);
          },
        };
        questions.value = [...questions.value, question];
        upload.cancelling.signal.addEventListener('abort', () => question.answer('skip'));
        // Many files come at once, and get one table.
        setTimeout(show);
      });
    },
    /** Shows the table again, also if the person has put it off. */
    open(): void {
      isLater = false;
      void show();
    },
  };
}

const choiceOf = (value: string): Choice => (value === 'replace' || value === 'skip' ? value : 'keep');

interface ConflictsProps {
  questions: Signal<readonly Question[]>;
  forAll: Signal<Choice | ''>;
}

function Conflicts({ questions, forAll }: ConflictsProps) {
  const form = useRef<HTMLFormElement>(null);
  const { length } = questions.value;
  // All may have been cancelled, in another dialog or by a sign-out.
  useLayoutEffect(() => {
    if (length === 0) form.current?.closest('dialog')?.close();
  });
  const chooseAll = (value: string) => {
    forAll.value = value === '' ? '' : choiceOf(value);
    if (value !== '') for (const { choice } of questions.value) choice.value = choiceOf(value);
  };
  return (
    <Dialog id="conflict" title={counted(length, 'takenOne', 'takenMany')} buttons={null}>
      <form ref={form} method="dialog">
        <p>{text('takenText')}</p>
        {length > 1 && (
          <p class="inline">
            <ChoiceField
              label={text('choiceForAll')}
              // An object would put a key that is no word first anyway.
              options={{ '': text('choiceEach'), ...CHOICES }}
              value={forAll.value}
              onChange={({ currentTarget }) => chooseAll(currentTarget.value)}
            />
          </p>
        )}
        <ul class="rows">
          {questions.value.slice(0, MAX_ROWS).map((question) => (
            <Taken
              key={question}
              question={question}
              choose={(choice) => {
                question.choice.value = choice;
                forAll.value = '';
              }}
            />
          ))}
        </ul>
        {length > MAX_ROWS && (
          <p class="quiet">{text('more', { count: NUMBER.format(length - MAX_ROWS) })}</p>
        )}
        <p class="buttons">
          <SubmitButton words={text('later')} value="later" class="" />
          <SubmitButton words={text('continue')} value="go" autofocus />
        </p>
      </form>
    </Dialog>
  );
}

/** Both files with one name, and the choice for them. */
function Taken({ question, choose }: { question: Question; choose(choice: Choice): void }) {
  const { upload, present, choice } = question;
  const { wanted, owner, file } = upload;
  const { name } = wanted;
  const changed = file.lastModified > 0 ? new Date(file.lastModified).toISOString() : undefined;
  const src = pictureOf(present);
  return (
    <li data-name={name}>
      <strong class="name" title={name}>
        {/* The page may show the files of somebody else meanwhile. */}
        {owner.team ? text('inTeam', { name, team: owner.team.name }) : name}
      </strong>
      <Side title={text('thereNow')} words={describe(present.size, present.lastModified)}>
        {src ? <img src={src} alt="" /> : badgeOf(name)}
      </Side>
      <Side title={text('newFile')} words={describe(file.size, changed)}>
        <Picture file={file} name={name} />
      </Side>
      <select
        aria-label={text('choiceFor', { name })}
        value={choice.value}
        onChange={({ currentTarget }) => choose(choiceOf(currentTarget.value))}
      >
        <Options options={CHOICES} />
      </select>
    </li>
  );
}

function Side({ title, words, children }: { title: string; words: string; children: ComponentChildren }) {
  return (
    <div class="side">
      <span class="face" aria-hidden="true">
        {children}
      </span>
      <span>{title}</span>
      <span class="quiet">{words}</span>
    </div>
  );
}

function describe(size: number | undefined, date: string | undefined): string {
  const parts = [
    ...(size === undefined ? [] : [formatSize(size)]),
    ...(date === undefined ? [] : [formatMinute(date)]),
  ];
  return parts.join(' · ');
}

function pictureOf({ type, url, size, thumbnailUrl }: Present): string | undefined {
  const isSmall = size !== undefined && size <= MAX_LOADED_BYTES;
  return thumbnailUrl ?? (isSmall && type?.startsWith('image/') ? url : undefined);
}

/** The picture in a chosen file. The page's policy allows no image from a file, so it is drawn. */
function Picture({ file, name }: { file: File; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isPicture = file.type.startsWith('image/') && file.size <= MAX_DRAWN_BYTES;
  const isDrawn = useRef(signal(false)).current;
  useEffect(() => {
    if (!isPicture) return;
    createImageBitmap(file).then(
      (bitmap) => {
        const { width, height } = bitmap;
        const scale = THUMBNAIL_PX / Math.min(width, height);
        const [x = 0, y = 0] = [width, height].map((length) => (THUMBNAIL_PX - length * scale) / 2);
        canvas.current?.getContext('2d')?.drawImage(bitmap, x, y, width * scale, height * scale);
        bitmap.close();
        isDrawn.value = true;
      },
      // This browser does not show such a picture.
      () => {},
    );
  }, []);
  return (
    <>
      <canvas ref={canvas} width={THUMBNAIL_PX} height={THUMBNAIL_PX} hidden={!isDrawn.value} />
      {!isDrawn.value && badgeOf(name)}
    </>
  );
}

/** A name beside one that is taken. */
export async function nameBeside({ files }: Owner, name: string): Promise<string> {
  const wanted = name.normalize('NFC');
  const taken = new Set([wanted]);
  for await (const file of files.all({ prefix: `${splitName(wanted).stem} (` })) taken.add(file.name);
  return freeName(wanted, taken);
}
