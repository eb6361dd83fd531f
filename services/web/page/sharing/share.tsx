import type { Share } from '@cloudfront-cookie-gateway/client';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { mayChange, type Owner } from '../files/library.ts';
import { noteChange } from '../state.ts';
import { CloseButton, Dialog, fieldOf, openDialog } from '../ui/dialog.tsx';
import {
  Choice,
  CopyField,
  Status,
  SubmitButton,
  TimeLeft,
  Trouble,
  useOwnId,
  useWork,
} from '../ui/parts.tsx';
import { NUMBER, text } from '../words/language.ts';
import { codeOf, describeFailure } from '../words/words.ts';
import { Access } from './access.tsx';

/** How long a link may live, in seconds. CloudFront's signed URLs of this service live for seven days at most. */
const TERMS = { 3600: text('oneHour'), 86400: text('oneDay'), 604800: text('sevenDays') };

interface ShareProps {
  owner: Owner;
  names: readonly string[];
}

/** Opens the dialog that says who can open a file, and makes a link for each of some files. */
export function openShare(owner: Owner, names: readonly string[]): void {
  void openDialog(<ShareDialog owner={owner} names={names} />);
}

function ShareDialog({ owner, names }: ShareProps) {
  const id = useOwnId();
  const form = useRef<HTMLFormElement>(null);
  const made = useSignal<readonly Made[]>([]);
  const progress = useSignal('');
  const trouble = useSignal('');
  const [name = ''] = names;
  const count = names.length;
  const maySee = !mayChange(owner);
  const [first] = made.value;

  const { begin, isBusy } = useWork(async () => {
    if (!form.current) return;
    trouble.value = '';
    const result = await shareEach(
      { owner, names },
      Number(fieldOf(new FormData(form.current), 'term')),
      (done) => {
        if (count > 1) progress.value = text('sharing', { done: NUMBER.format(done), count });
        // The dialog may have been closed meanwhile.
        return form.current !== null;
      },
    );
    if (result.made.length > 0) noteChange();
    progress.value = '';
    made.value = result.made;
    const { reason } = result;
    const left = NUMBER.format(count - result.made.length);
    trouble.value = result.made.length > 0 && reason ? text('sharedSome', { left, reason }) : reason;
  });

  /** The links open nothing any more. */
  const forget = () => {
    made.value = [];
  };
  const title =
    count === 1 ? text('shareFile', { name }) : text('shareMany', { count: NUMBER.format(count) });
  return (
    <Dialog title={maySee ? name : title} class="wide" buttons={null}>
      <form ref={form} onSubmit={begin}>
        {count === 1 && (
          <section aria-labelledby={id}>
            <h3 id={id}>{text('whoCanOpen')}</h3>
            <ul class="rows" aria-labelledby={id}>
              <Access owner={owner} name={name} shownId={first?.id} onShownEnd={forget} />
            </ul>
          </section>
        )}
        {!maySee && <p>{text(count === 1 ? 'shareText' : 'shareManyText')}</p>}
        {!maySee && !first && (
          <p class="inline">
            <Choice label={text('linkEnds')} options={TERMS} name="term" usual="604800" />
          </p>
        )}
        <Status words={progress} />
        {first && (
          <CopyField
            label={text('link')}
            // Several addresses come after the names of their files.
            address={
              count === 1 ? first.page : made.value.map((each) => `${each.name}: ${each.page}`).join('\n')
            }
            note={
              <>
                {/* The row of a single link has its time already. */}
                {count > 1 && <TimeLeft until={first.expiresAt} onEnd={forget} />} {first.warning}
              </>
            }
          />
        )}
        <Trouble words={trouble} />
        <p class="buttons">
          <CloseButton words={text(maySee || first ? 'done' : 'cancel')} />
          {!maySee && !first && <SubmitButton words={text('createLink')} isBusy={isBusy} />}
        </p>
      </form>
    </Dialog>
  );
}

type Made = Share & { name: string };

/**
 * Makes the links, one after another. A file that is not there any more takes no link from the others.
 * @param onStep called before each link with the number of those that are made. False ends it
 * @returns the links, and why there are not more
 */
async function shareEach(
  { owner, names }: ShareProps,
  expiresIn: number,
  onStep: (done: number) => boolean,
): Promise<{ made: Made[]; reason: string }> {
  const made: Made[] = [];
  let reason = '';
  for (const name of names) {
    if (!onStep(made.length)) break;
    try {
      made.push({ name, ...(await owner.files.share(name, { expiresIn })) });
    } catch (error) {
      reason = describeFailure(error).words;
      if (codeOf(error) !== 'not_found') break;
    }
  }
  return { made, reason };
}
