import type { ComponentChildren } from 'preact';
import { notice } from '../dom.ts';
import { hashOf } from '../files/address.ts';
import { listed, search } from '../files/listing.ts';
import { owner } from '../state.ts';
import { Icon, WithIcon } from '../ui/parts.tsx';
import { plain, text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';

interface FrameProps {
  /** What stands in the header after the title. */
  tools: ComponentChildren;
  /** The rail. */
  side?: ComponentChildren;
  children: ComponentChildren;
}

/** What every page has: the header, and the words at the top. */
export function Frame({ tools, side, children }: FrameProps) {
  return (
    <>
      <header>
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <strong>{text('title')}</strong>
        {tools}
      </header>
      <div id="shell">
        {side}
        <main id="main">
          <p class="notice" role="alert" hidden={notice.value === ''}>
            {notice}
          </p>
          {children}
        </main>
      </div>
    </>
  );
}

export function Search() {
  return (
    <label id="search-box">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        placeholder={text('search')}
        aria-label={text('search')}
        autocomplete="off"
        spellcheck={false}
        value={listed.value.query ?? ''}
        onInput={({ currentTarget }) => search(currentTarget.value)}
      />
    </label>
  );
}

/** The heading of the page, and its title: the search, the folder or view, and the team. */
export function Heading() {
  const { view, folder, query } = listed.value;
  const team = owner.value?.team;
  const parts = [
    ...(query === undefined ? [] : [text('searchFor', { query })]),
    ...(view ? [plain(view)] : []),
    ...folder.split('/').slice(-2, -1),
    ...(team ? [team.name] : []),
    text('title'),
  ];
  document.title = parts.join(' – ');
  return <h1 class="unseen">{view ? plain(view) : nameOf(team)}</h1>;
}

/** What the person may do with the files of a team, and the way to its photos. */
export function TeamLine({ words, children }: { words: string; children?: ComponentChildren }) {
  const team = owner.value?.team;
  return (
    <p id="team">
      <span id="team-role" class="quiet">
        {words}
      </span>
      {children}
      {team && listed.value.view !== 'photos' && (
        <a class="button" href={hashOf({ view: 'photos', team: team.id, folder: '' })}>
          <WithIcon icon="photos" words={text('photos')} />
        </a>
      )}
    </p>
  );
}

/** The way from the page of a link to one's own files. */
export function OwnFiles({ onClick }: { onClick?: () => void }) {
  return (
    <a id="own-files" class="button" href="/" onClick={onClick}>
      {text('ownFiles')}
    </a>
  );
}
