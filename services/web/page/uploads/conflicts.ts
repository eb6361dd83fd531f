import type { Choice } from '@cloudfront-cookie-gateway/client/files';
import { freeName } from '@cloudfront-cookie-gateway/client/free-name';
import type { Owner } from '../files/library.ts';
import { askAboutTaken, type TakenName } from '../ui/taken.tsx';
import { splitName } from '../words/words.ts';
import type { Upload } from './batch.ts';

/** The file that has the name, as far as it is known. */
export type Present = NonNullable<TakenName['present']>;

interface Question extends TakenName {
  answer: (choice: Choice) => void;
}

/**
 * One question for all uploads whose names are taken. Those that come while it is open get the next one.
 * @param mayAsk whether somebody is there to ask
 */
export function createConflicts(mayAsk: () => boolean) {
  let questions: Question[] = [];
  let isOpen = false;

  async function show(): Promise<void> {
    if (isOpen || questions.length === 0 || !mayAsk()) return;
    isOpen = true;
    const asked = questions;
    const choice = await askAboutTaken(asked);
    isOpen = false;
    // A sign-out has closed the dialog. The question waits for whoever signs in again.
    if (!mayAsk()) return;
    questions = questions.filter((each) => !asked.includes(each));
    for (const { answer } of asked) answer(choice);
    void show();
  }

  return {
    ask({ wanted: { name, beside }, file: { size } }: Upload, present: Present): Promise<Choice> {
      // The page has chosen this name itself, and chooses another one.
      if (beside !== undefined) return Promise.resolve('keep');
      return new Promise((answer) => {
        questions = [...questions, { name, size, present, answer }];
        // Many files come at once.
        setTimeout(show);
      });
    },
    show,
  };
}

/** A name beside one that is taken. */
export async function nameBeside({ files }: Owner, name: string): Promise<string> {
  const wanted = name.normalize('NFC');
  const taken = new Set([wanted]);
  for await (const file of files.all({ prefix: `${splitName(wanted).stem} (` })) taken.add(file.name);
  return freeName(wanted, taken);
}
