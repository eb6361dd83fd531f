import type { FolderLinkOptions, ListedFolderLink, TeamDetails } from '@cloudfront-cookie-gateway/client';
import { create, find, onPress, textButton, workButton } from '../dom.ts';
import { createTerm } from '../files/term.ts';
import { formatMinute, NUMBER, plain, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import type { TeamOwner } from './known-teams.ts';
import { createLinkChange, LONGEST_LINK_SECONDS } from './link-change.ts';
import { describeRefusedName } from './name.ts';
import { createNewAddress } from './new-address.ts';
import { createTeamDialog } from './team-dialog.ts';

const GB = 1_000 ** 3;
/** The words for what a link lets people do. */
const MAY = { viewer: 'maySee', uploader: 'maySend' } as const;

/** The dialog of the links to a team's folder, for editors. @param userId gives the id of the signed-in user */
export function createFolderLinks({ userId }: { userId(): string | undefined }) {
  const about = createTeamDialog('links', (error) => describeRefusedName(error, 'badLinkName'));
  const { attempt, tell, owner } = about;
  const list = find('links-list', HTMLElement);
  const make = find('links-create', HTMLButtonElement);
  const address = createNewAddress('folder', find('links-trouble', HTMLElement));
  const wanted = createWanted();
  const change = createLinkChange();
  /** The names of the members, by their ids. */
  let names = new Map<string, string>();

  async function read(): Promise<void> {
    await attempt(async (shown) => {
      const [links, details] = await Promise.all([shown.links.list(), shown.read()]);
      if (shown !== owner()) return;
      names = namesOf(details);
      list.replaceChildren(...links.map((link) => createRow(shown, link)));
    });
  }

  function createRow(shown: TeamOwner, link: ListedFolderLink): HTMLLIElement {
    const { id, name = plain(MAY[link.role]) } = link;
    const maker = link.maker === userId() ? text('linkByYou') : describeMaker(names.get(link.maker));
    const facts = create('span', { class: 'quiet' }, describeLink(link, maker));
    const edit = () =>
      change.open(name, async (options) => {
        const changed = await shown.links.change(id, options);
        facts.textContent = describeLink({ ...link, ...changed }, maker);
        if (shown === owner()) tell(text('linkChanged'));
      });
    const row: HTMLLIElement = create(
      'li',
      { 'data-link': id },
      create('span', { class: 'name' }, name),
      facts,
      textButton(text('change'), text('changeLink', { name }), edit),
      workButton(text('endLink'), text('endLinkFor', { name }), () => end(row, id)),
    );
    return row;
  }

  async function createOne(): Promise<void> {
    await attempt(async (shown) => {
      const made = await shown.links.create(wanted.read());
      if (shown !== owner()) return;
      address.show(made, text('newLinkUntil', { date: formatMinute(made.expiresAt) }));
      wanted.forget();
      await read();
    });
  }

  async function end(row: HTMLElement, id: string): Promise<void> {
    if (!(await attempt((shown) => shown.links.end(id)))) return;
    address.end(id);
    row.remove();
    tell(text('linkEnded'));
    make.focus();
  }

  onPress(make, createOne);
  about.onClose(() => {
    address.hide();
    list.replaceChildren();
  });

  return {
    open(shown: TeamOwner): void {
      about.open(shown, () => {
        find('links-title', HTMLElement).textContent = text('linksOf', { team: shown.team.name });
        wanted.begin();
      });
      void read();
    },
  };
}

/** The fields for a new link. */
function createWanted() {
  const role = find('links-role', HTMLSelectElement);
  const name = find('links-name', HTMLInputElement);
  const password = find('links-password', HTMLInputElement);
  const files = find('links-files', HTMLInputElement);
  const space = find('links-space', HTMLInputElement);
  const term = createTerm('links-length', { longestSeconds: LONGEST_LINK_SECONDS });

  /** Only a link that takes files has bounds for them. */
  function showBounds(): void {
    const bounds = find('links-bounds', HTMLFieldSetElement);
    bounds.hidden = role.value !== 'uploader';
    bounds.disabled = bounds.hidden;
  }
  role.addEventListener('change', showBounds);

  return {
    begin(): void {
      find('links-form', HTMLFormElement).reset();
      term.begin(7, 'days');
      showBounds();
    },
    /** The next link has a name and a password of its own. */
    forget(): void {
      name.value = '';
      password.value = '';
    },
    read(): FolderLinkOptions {
      const [isUploader, named, secret] = [role.value === 'uploader', name.value.trim(), password.value];
      return {
        role: isUploader ? 'uploader' : 'viewer',
        expiresIn: term.seconds(),
        ...(named && { name: named }),
        ...(secret && { password: secret }),
        ...(isUploader && {
          maxFiles: Number(files.value),
          maxBytes: Math.round(Number(space.value) * GB),
        }),
      };
    },
  };
}

function namesOf({ members = [] }: TeamDetails): Map<string, string> {
  return new Map(members.flatMap(({ userId, name }) => (name === undefined ? [] : [[userId, name]])));
}

/** A team of the provider tells no names. */
function describeMaker(name: string | undefined): string {
  return name === undefined ? text('linkByMember') : text('linkBy', { name });
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
