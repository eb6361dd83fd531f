import { find } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { formatMinute, text } from '../words/language.ts';
import { formatSize, splitName } from '../words/words.ts';
import type { Upload } from './batch.ts';

/** A person's choice for an upload whose name is taken. */
export type Choice = 'replace' | 'keep' | 'skip';

/** The file that has the name, as far as it is known. */
export interface Present {
  size?: number;
  lastModified?: string;
}

/** Asks about one upload after another. A choice for all also answers the other questions, until `forget`. */
export function createConflicts(isOpen: () => boolean, hasOthers: () => boolean) {
  const dialog = find('conflict', HTMLDialogElement);
  const all = find('conflict-all', HTMLInputElement);
  let forAll: Choice | undefined;
  let chain: Promise<unknown> = Promise.resolve();

  async function show({ wanted, owner }: Upload, present: Present): Promise<Choice> {
    const { name } = wanted;
    // The page may show the files of somebody else meanwhile.
    find('conflict-title', HTMLElement).textContent = owner.team
      ? text('replaceQuestionIn', { name, team: owner.team.name })
      : text('replaceQuestion', { name });
    find('conflict-text', HTMLElement).textContent = describe(present);
    find('conflict-others', HTMLElement).hidden = !hasOthers();
    all.checked = false;
    dialog.returnValue = '';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    const choice = choiceOf(dialog.returnValue);
    if (all.checked) forAll = choice;
    return choice;
  }

  return {
    async ask(upload: Upload, present: Present): Promise<Choice> {
      // The page has chosen this name itself, and chooses another one.
      if (upload.wanted.beside !== undefined) return 'keep';
      const asked = chain.then(() => {
        if (forAll) return forAll;
        const isWanted = isOpen() && !upload.cancelling.signal.aborted;
        return isWanted ? show(upload, present) : 'skip';
      });
      chain = asked;
      return asked;
    },
    forget(): void {
      forAll = undefined;
    },
  };
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

function describe({ size, lastModified }: Present): string {
  if (size === undefined) return text('present');
  const words = formatSize(size);
  if (lastModified === undefined) return text('presentSize', { size: words });
  return text('presentSince', { size: words, date: formatMinute(lastModified) });
}

/** If a dialog is closed without a button, for example by Escape, everything stays as it is. */
function choiceOf(value: string): Choice {
  return value === 'replace' || value === 'keep' ? value : 'skip';
}
