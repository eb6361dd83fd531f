import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { prefer } from '../preferences.ts';
import { mayEdit, owner } from '../state.ts';
import { Button, Icon, IconButton, WithIcon } from '../ui/parts.tsx';
import { chooseFiles } from '../uploads/picker.tsx';
import { counted, NUMBER, plain, text } from '../words/language.ts';
import { formatSize, nameOf } from '../words/words.ts';
import { download, filesIn, remove, share, transfer } from './actions.ts';
import { hashOf, type Place } from './address.ts';
import { SORTS, sortOf } from './entries.ts';
import { enterGallery, isList, list, months, tileSize } from './gallery.ts';
import { libraryOf } from './library.ts';
import { entries, listed, listedFiles, sort } from './listing.ts';
import { selection } from './selection.ts';

/** The files and folders of the listed place, or why none is there. @param props.invite invites people to the team */
export function Files({ invite }: { invite?: (() => void) | undefined }) {
  if (!owner.value) return null;
  const library = libraryOf(owner.value);
  const { query } = listed.value;
  const state = library.state();
  const isEmpty = entries.value.length === 0;
  return (
    <section id="files" aria-label={text('files')} hidden={listed.value.view === 'shared'}>
      <Bar isEmpty={isEmpty && state === 'read'} />
      {state === 'failed' && (
        <p class="notice" role="alert">
          {text('listTrouble')} <Button words={text('tryAgain')} onClick={() => library.refresh()} />
        </p>
      )}
      {isEmpty && state === 'reading' && (
        <div id="loading">
          <p class="unseen" role="status">
            {text('loading')}
          </p>
        </div>
      )}
      {isEmpty && state === 'read' && !query && <Empty invite={invite} />}
      <p id="no-match" class="quiet" role="status" hidden={!(isEmpty && state === 'read' && query)}>
        {text('noMatch', { query: query ?? '' })}
      </p>
      <p id="gallery-keys" class="unseen">
        {text('galleryKeys')}
      </p>
      {listed.value.view === 'photos' && <Months />}
      <Gallery />
      <SelectionBar />
    </section>
  );
}

/** The gallery draws its cards itself: only those near the screen are in the document. */
function Gallery() {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.append(list), []);
  return <div ref={place} />;
}

/** Where the files are, how many, and how they look. */
function Bar({ isEmpty }: { isEmpty: boolean }) {
  const isPhotos = listed.value.view === 'photos';
  const label = text(isList.value ? 'asTiles' : 'asList');
  return (
    <div id="bar">
      <div id="where">
        <nav aria-label={text('folders')}>
          <Path />
        </nav>
        {!isEmpty && <Count />}
      </div>
      {!isEmpty && (
        <div id="tools">
          {!isPhotos && (
            <select
              aria-label={text('sort')}
              value={sort.value}
              onChange={({ currentTarget }) => {
                sort.value = sortOf(currentTarget.value);
                prefer('sort', sort.value);
              }}
            >
              {SORTS.map((each) => (
                <option key={each} value={each}>
                  {text(SORT_WORDS[each])}
                </option>
              ))}
            </select>
          )}
          {!(isList.value && !isPhotos) && (
            <input
              id="tile-size"
              type="range"
              min="160"
              max="320"
              step="10"
              aria-label={text('tileSize')}
              value={tileSize.value}
              onInput={({ currentTarget }) => {
                tileSize.value = currentTarget.valueAsNumber;
                prefer('tile-size', currentTarget.value);
              }}
            />
          )}
          {!isPhotos && (
            <IconButton
              icon={isList.value ? 'grid' : 'list'}
              label={label}
              onClick={() => {
                isList.value = !isList.value;
                prefer('look', isList.value ? 'list' : 'tiles');
              }}
            />
          )}
        </div>
      )}
    </div>
  );
}

const SORT_WORDS = {
  newest: 'sortNewest',
  oldest: 'sortOldest',
  name: 'sortName',
  nameDown: 'sortNameDown',
  largest: 'sortLargest',
  smallest: 'sortSmallest',
} as const;

/** The folders that lead to the shown folder, each as a link. The photos of a team come after its files. */
function Path() {
  const { view, folder } = listed.value;
  const team = owner.value?.team;
  const start = view && !team ? plain(view) : nameOf(team);
  const steps = folder.split('/').slice(0, -1);
  const links = ['', ...steps].map((label, index): { place: Place; words: string } => {
    const path = steps.slice(0, index).map((step) => `${step}/`);
    const place = { view: team ? undefined : view, team: team?.id, folder: path.join('') };
    return { place, words: index === 0 ? start : label || '/' };
  });
  if (view && team) links.push({ place: { view, team: team.id, folder: '' }, words: plain(view) });
  return (
    <ol id="path">
      {links.map(({ place, words }, index) => (
        <li key={index}>
          <a
            href={hashOf(place)}
            data-folder={place.folder}
            title={words}
            aria-current={index === links.length - 1 ? 'page' : undefined}
          >
            {words}
          </a>
        </li>
      ))}
    </ol>
  );
}

/** The number of shown folders and files. */
function Count() {
  const files = listedFiles.value.length;
  const folders = entries.value.length - files;
  const words = [
    ...(folders > 0 ? [counted(folders, 'oneFolder', 'manyFolders')] : []),
    ...(files > 0 || folders === 0 ? [counted(files, 'oneFile', 'manyFiles')] : []),
  ];
  return (
    <span id="count" class="quiet">
      {words.join(text('comma'))}
    </span>
  );
}

function Empty({ invite }: { invite: (() => void) | undefined }) {
  const isForAll = owner.value?.team ? 'emptyForTeam' : 'emptyText';
  return (
    <div id="empty">
      <Icon name="folder" />
      <strong>{text('empty')}</strong>
      <span>{text(mayEdit.value ? isForAll : 'emptyForViewer')}</span>
      {mayEdit.value && (
        <>
          <p class="buttons">
            <Button words={text('uploadFiles')} class="primary" onClick={() => chooseFiles('file-input')} />
            {invite && <Button words={text('invitePeople')} onClick={invite} />}
          </p>
          <span id="empty-drop" class="quiet">
            {text('dropHint')}
          </span>
        </>
      )}
    </div>
  );
}

/** The months of the photos, each as a way to them. The one at the top of the screen is marked. */
function Months() {
  const places = useRef<HTMLElement>(null);
  const at = useSignal(0);
  const edge = () => Number.parseFloat(getComputedStyle(list).scrollMarginTop);
  const mark = () => {
    const top = edge() + 1 - list.getBoundingClientRect().top;
    at.value = Math.max(months.peek().filter(({ y }) => y <= top).length - 1, 0);
  };
  useEffect(() => {
    const onScroll = () => requestAnimationFrame(mark);
    addEventListener('scroll', onScroll);
    return () => removeEventListener('scroll', onScroll);
  }, []);
  useLayoutEffect(() => {
    const [nav, button] = [places.current, places.current?.children[at.value]];
    if (!nav || !(button instanceof HTMLElement)) return;
    nav.scrollTo({ top: button.offsetTop - (nav.clientHeight - button.offsetHeight) / 2 });
  }, [at.value]);
  return (
    <nav ref={places} id="months" aria-label={text('months')}>
      {months.value.map(({ name, y }, index) => (
        <Button
          key={name}
          words={name}
          aria-current={index === at.value ? 'true' : undefined}
          onClick={() => scrollBy({ top: list.getBoundingClientRect().top + y - edge() })}
        />
      ))}
    </nav>
  );
}

/** What can be done with all that is selected. */
function SelectionBar() {
  const keys = selection.keys();
  const bytes = filesIn(keys).reduce((sum, { size }) => sum + size, 0);
  const clear = () => {
    selection.clear();
    enterGallery();
  };
  const count = NUMBER.format(keys.length);
  return (
    <fieldset id="selection" aria-label={text('selection')} hidden={keys.length === 0}>
      <IconButton icon="close" label={text('clear')} onClick={clear} />
      <strong id="selected" role="status">
        {text('selected', { count, size: formatSize(bytes) })}
      </strong>
      <Button
        words={<WithIcon icon="all" words={text('selectAll')} />}
        onClick={() => selection.all(entries.peek())}
      />
      <Button words={<WithIcon icon="download" words={text('download')} />} onClick={() => download(keys)} />
      {mayEdit.value && (
        <>
          <Button words={<WithIcon icon="share" words={text('share')} />} onClick={() => share(keys)} />
          <Button
            words={<WithIcon icon="move" words={text('move')} />}
            onClick={() => transfer('move', keys)}
          />
          <Button words={<WithIcon icon="delete" words={text('delete')} />} onClick={() => remove(keys)} />
        </>
      )}
    </fieldset>
  );
}
