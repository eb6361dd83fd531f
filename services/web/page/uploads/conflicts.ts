import { create, find } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { formatMinute, NUMBER, text } from '../words/language.ts';
import { extensionOf, formatSize, splitName } from '../words/words.ts';
import type { Upload } from './batch.ts';

/** A person's choice for an upload whose name is taken. */
export type Choice = 'keep' | 'skip' | 'replace';

/** The first is the safe one: both files stay. */
const CHOICES = { keep: 'keepBoth', skip: 'skip', replace: 'replace' } as const;

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
  row?: HTMLLIElement;
  answer: (choice: Choice) => void;
}

/**
 * One table for all uploads whose names are taken, with a choice for each.
 * @param mayAsk whether somebody is there to ask
 */
export function createConflicts(mayAsk: () => boolean) {
  const dialog = find('conflict', HTMLDialogElement);
  const all = find('conflict-all', HTMLSelectElement);
  const list = find('conflict-rows', HTMLElement);
  const questions = new Set<Question>();
  /** The person has put the table off. */
  let isLater = false;

  function show(): void {
    if (questions.size === 0) {
      dialog.close();
      return;
    }
    if (!dialog.open) {
      if (isLater || !mayAsk()) return;
      all.value = '';
      dialog.returnValue = '';
      dialog.showModal();
    }
    const count = NUMBER.format(questions.size);
    find('conflict-title', HTMLElement).textContent =
      questions.size === 1 ? text('takenOne') : text('takenMany', { count });
    find('conflict-for-all', HTMLElement).hidden = questions.size === 1;
    for (const question of [...questions].slice(0, MAX_ROWS)) {
      question.row ??= list.appendChild(createRow(question, choiceOf(all)));
    }
    const more = questions.size - MAX_ROWS;
    find('conflict-more', HTMLElement).textContent =
      more > 0 ? text('more', { count: NUMBER.format(more) }) : '';
  }

  /** Many files come at once, and get one table. */
  const showSoon = () => setTimeout(show);

  all.addEventListener('change', () => {
    for (const select of all.value ? list.querySelectorAll('select') : []) select.value = all.value;
  });
  list.addEventListener('change', () => {
    all.value = '';
  });
  dialog.addEventListener('close', () => {
    isLater = dialog.returnValue !== 'go';
    for (const question of isLater ? [] : [...questions]) {
      question.answer(choiceOf(question.row?.querySelector('select') ?? all));
    }
  });

  return {
    ask(upload: Upload, present: Present): Promise<Choice> {
      // The page has chosen this name itself, and chooses another one.
      if (upload.wanted.beside !== undefined) return Promise.resolve('keep');
      return new Promise((resolve) => {
        const question: Question = {
          upload,
          present,
          answer(choice) {
            questions.delete(question);
            question.row?.remove();
            resolve(choice);
          },
        };
        questions.add(question);
        upload.cancelling.signal.addEventListener('abort', () => {
          question.answer('skip');
          showSoon();
        });
        showSoon();
      });
    },
    /** Shows the table again, also if the person has put it off. */
    open(): void {
      isLater = false;
      showSoon();
    },
  };
}

function choiceOf({ value }: HTMLSelectElement): Choice {
  return value === 'replace' || value === 'skip' ? value : 'keep';
}

function createRow({ upload, present }: Question, choice: Choice): HTMLLIElement {
  const { wanted, owner, file } = upload;
  const { name } = wanted;
  // The page may show the files of somebody else meanwhile.
  const words = owner.team ? text('inTeam', { name, team: owner.team.name }) : name;
  const select = create('select', { 'aria-label': text('choiceFor', { name }) });
  for (const [value, key] of Object.entries(CHOICES)) {
    select.append(create('option', { value }, text(key)));
  }
  select.value = choice;
  const src = pictureOf(present);
  const there = src ? create('img', { src, alt: '' }) : createBadge(name);
  const changed = file.lastModified > 0 ? new Date(file.lastModified).toISOString() : undefined;
  const now = describe(present.size, present.lastModified);
  return create(
    'li',
    { 'data-name': name },
    create('strong', { class: 'name', title: name }, words),
    createSide(there, text('thereNow'), now),
    createSide(drawThumbnail(file, name), text('newFile'), describe(file.size, changed)),
    select,
  );
}

function createSide(picture: HTMLElement, title: string, words: string): HTMLElement {
  return create(
    'div',
    { class: 'side' },
    picture,
    create('span', {}, title),
    create('span', { class: 'quiet' }, words),
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

function createBadge(name: string): HTMLElement {
  const words = extensionOf(name).slice(0, 5).toUpperCase() || '…';
  return create('span', { class: 'badge', 'aria-hidden': 'true' }, words);
}

/** The picture in a chosen file. The page's policy allows no image from a file, so it is drawn. */
function drawThumbnail(file: File, name: string): HTMLElement {
  const badge = createBadge(name);
  if (!file.type.startsWith('image/') || file.size > MAX_DRAWN_BYTES) return badge;
  createImageBitmap(file).then(
    (bitmap) => {
      const side = String(THUMBNAIL_PX);
      const canvas = create('canvas', { width: side, height: side, 'aria-hidden': 'true' });
      const { width, height } = bitmap;
      const scale = THUMBNAIL_PX / Math.min(width, height);
      const [x, y] = [width, height].map((length) => (THUMBNAIL_PX - length * scale) / 2);
      canvas.getContext('2d')?.drawImage(bitmap, x ?? 0, y ?? 0, width * scale, height * scale);
      bitmap.close();
      badge.replaceWith(canvas);
    },
    // This browser does not show such a picture.
    () => {},
  );
  return badge;
}

/** The first of `cat (2).png`, `cat (3).png` and so on that no file has. */
export async function freeName({ files }: Owner, name: string): Promise<string> {
  const { stem, end } = splitName(name.normalize('NFC'));
  const prefix = `${stem} (`;
  const taken = new Set<string>();
  for await (const file of files.all({ prefix })) taken.add(file.name);
  for (let number = 2; ; number++) {
    const free = `${prefix}${number})${end}`;
    if (!taken.has(free)) return free;
  }
}
