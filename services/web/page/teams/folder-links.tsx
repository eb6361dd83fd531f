import type { FolderLink, FolderLinkOptions, ListedFolderLink } from '@cloudfront-cookie-gateway/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { session } from '../state.ts';
import { Dialog, FormDialog, fieldOf, openDialog, useReport } from '../ui/dialog.tsx';
import { Button, Choice, CopyField, Field, Row, SubmitButton, useWork, WorkButton } from '../ui/parts.tsx';
import { formatMinute, NUMBER, plain, text } from '../words/language.ts';
import { describeWith, formatSize } from '../words/words.ts';
import type { TeamOwner } from './owners.ts';

const GB = 1_000 ** 3;
/** How long a link may live, in seconds. */
const TERMS = { 604800: text('sevenDays'), 2592000: text('thirtyDays'), 31536000: text('oneYear') };
const termOf = (fields: FormData) => Number(fieldOf(fields, 'term'));
/** The words for what a link lets people do. */
const MAY = { viewer: 'maySee', uploader: 'maySend' } as const;

const describe = describeWith({ invalid_name: 'badLinkName' });

/** Opens the dialog of the links to a team's folder, for editors. */
export function openFolderLinks(owner: TeamOwner): void {
  void openDialog(<Links owner={owner} />);
}

function Links({ owner }: { owner: TeamOwner }) {
  const userId = session.value?.user.id;
  const { say, attempt, report } = useReport(describe);
  const links = useSignal<readonly ListedFolderLink[]>([]);
  const made = useSignal<FolderLink | undefined>(undefined);
  /** The names of the members, by their ids. A team of the provider tells none. */
  const names = useSignal(new Map<string, string | undefined>());

  const read = async () => {
    const [listed, { members = [] }] = await Promise.all([owner.links.list(), owner.read()]);
    names.value = new Map(members.map((member) => [member.userId, member.name]));
    links.value = listed;
  };
  useEffect(() => void attempt(read), []);

  const create = (form: HTMLFormElement) =>
    attempt(async () => {
      made.value = await owner.links.create(wantedOf(new FormData(form)));
      // The next link has a name and a password of its own.
      for (const field of form.querySelectorAll<HTMLInputElement>('[type="text"]')) field.value = '';
      await read();
    });

  async function end(id: string): Promise<void> {
    if (!(await attempt(() => owner.links.end(id)))) return;
    if (made.value?.id === id) made.value = undefined;
    links.value = links.value.filter((each) => each.id !== id);
    say(text('linkEnded'));
  }

  function change(link: ListedFolderLink, name: string): void {
    const save = async (fields: FormData) => {
      const [password, expiresIn] = [fieldOf(fields, 'password'), termOf(fields)];
      if (!password && !expiresIn) return;
      const wanted = { ...(password && { password }), ...(expiresIn && { expiresIn }) };
      const changed = await owner.links.change(link.id, wanted);
      links.value = links.value.map((each) => (each.id === link.id ? { ...each, ...changed } : each));
      say(text('linkChanged'));
    };
    void openDialog(
      <FormDialog title={text('changeLink', { name })} action={text('save')} save={save}>
        <p>{text('linkChangeText')}</p>
        <Field label={text('newPassword')} name="password" type="text" maxLength={256} spellcheck={false} />
        <Choice label={text('newEnd')} options={{ ...TERMS, '': text('unchanged') }} name="term" usual="" />
      </FormDialog>,
    );
  }

  const makerOf = ({ maker }: ListedFolderLink) => {
    const name = names.value.get(maker);
    if (maker === userId) return text('linkByYou');
    return name === undefined ? text('linkByMember') : text('linkBy', { name });
  };

  return (
    <Dialog title={text('linksOf', { team: owner.team.name })} class="wide">
      <p class="quiet">{text('linksText')}</p>
      <LinkForm create={create} />
      {made.value && (
        <CopyField
          label={text('folderLink')}
          address={made.value.url}
          note={text('newLinkUntil', { date: formatMinute(made.value.expiresAt) })}
        />
      )}
      <ul class="rows" aria-label={text('openLinks')}>
        {links.value.map((link) => {
          const { id, name = plain(MAY[link.role]) } = link;
          return (
            <Row key={id} name={name} facts={describeLink(link, makerOf(link))}>
              <Button
                words={text('change')}
                label={text('changeLink', { name })}
                onClick={() => change(link, name)}
              />
              <WorkButton words={text('endLink')} label={text('endLinkFor', { name })} work={() => end(id)} />
            </Row>
          );
        })}
      </ul>
      {report}
    </Dialog>
  );
}

/** The fields for a new link. Only a link that takes files has bounds for them. */
function LinkForm({ create }: { create(form: HTMLFormElement): Promise<unknown> }) {
  const role = useSignal('viewer');
  const { begin, isBusy } = useWork(({ target }) =>
    target instanceof HTMLFormElement ? create(target) : Promise.resolve(),
  );
  return (
    <form class="fields two" onSubmit={begin}>
      <Choice
        label={text('linkMay')}
        options={{ viewer: text('maySee'), uploader: text('maySend') }}
        name="role"
        value={role.value}
        onChange={({ currentTarget }) => {
          role.value = currentTarget.value;
        }}
      />
      <Field label={text('linkName')} name="name" type="text" maxLength={40} pattern="[^\/]*" />
      <Field label={text('linkPassword')} name="password" type="text" maxLength={256} spellcheck={false} />
      <Choice label={text('linkEnds')} options={TERMS} name="term" usual="604800" />
      {role.value === 'uploader' && (
        <>
          <Field label={text('linkFiles')} name="files" {...numeric(1, 10_000, 1)} defaultValue="100" />
          <Field label={text('linkSpace')} name="space" {...numeric(0.1, 1_000, 0.1)} defaultValue="10" />
        </>
      )}
      <SubmitButton words={text('createLink')} isBusy={isBusy} />
    </form>
  );
}

const numeric = (min: number, max: number, step: number) =>
  ({ type: 'number', inputMode: 'decimal', required: true, min, max, step }) as const;

function wantedOf(fields: FormData): FolderLinkOptions {
  const [name, password] = [fieldOf(fields, 'name').trim(), fieldOf(fields, 'password')];
  const isUploader = fieldOf(fields, 'role') === 'uploader';
  return {
    role: isUploader ? 'uploader' : 'viewer',
    expiresIn: termOf(fields),
    ...(name && { name }),
    ...(password && { password }),
    ...(isUploader && {
      maxFiles: Number(fieldOf(fields, 'files')),
      maxBytes: Math.round(Number(fieldOf(fields, 'space')) * GB),
    }),
  };
}

/** What a link is for, who made it, its end, whether it has a password, and how much has come through it. */
function describeLink(link: ListedFolderLink, maker: string): string {
  const { role, name, hasPassword, expiresAt, maxFiles, maxBytes, files = 0, bytes = 0 } = link;
  const facts = [
    ...(name === undefined ? [] : [plain(MAY[role])]),
    maker,
    text('until', { date: formatMinute(expiresAt) }),
    text(hasPassword ? 'withPassword' : 'withoutPassword'),
  ];
  if (maxFiles === undefined || maxBytes === undefined) return facts.join(' · ');
  const sent = { files: NUMBER.format(files), maxFiles: NUMBER.format(maxFiles) };
  const space = { bytes: formatSize(bytes), maxBytes: formatSize(maxBytes) };
  return [...facts, text('linkTaken', { ...sent, ...space })].join(' · ');
}
