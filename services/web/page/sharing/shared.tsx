import type { ListedFolderLink, ListedShare } from '@cloudfront-cookie-gateway/client';
import { useSignal, useSignalEffect } from '@preact/signals';
import { render } from 'preact';
import { useRef } from 'preact/hooks';
import { hashOf } from '../files/address.ts';
import { libraryOf, mayChange, type Owner } from '../files/library.ts';
import { changes, session } from '../state.ts';
import { openFolderLinks } from '../teams/folder-links.tsx';
import { allOwners, type TeamOwner, teamOf } from '../teams/owners.ts';
import { Button, Face, Mark, Row } from '../ui/parts.tsx';
import { formatMinute, text } from '../words/language.ts';
import { ShareRow } from './share-row.tsx';

interface OfOwner {
  owner: Owner;
  share: ListedShare;
}

interface OfTeam {
  owner: TeamOwner;
  link: ListedFolderLink;
}

/** Draws the lists of all links of the person: to files, of one's own and of each team's, and to the folders of teams. */
export function showShared(section: HTMLElement): void {
  render(<Shared />, section);
}

function Shared() {
  const shares = useSignal<readonly OfOwner[] | undefined>(undefined);
  const links = useSignal<readonly OfTeam[]>([]);
  /** The reading that counts. An earlier reading does not. */
  const turn = useRef(0);

  /** If the host does not answer, the rows stay: the list of files says so. */
  async function read(): Promise<void> {
    const mine = ++turn.current;
    const changed = allOwners().filter(mayChange);
    const readShares = async (owner: Owner) => (await owner.shares.list()).map((share) => ({ owner, share }));
    const readLinks = async (owner: TeamOwner) => (await owner.links.list()).map((link) => ({ owner, link }));
    const [nextShares, nextLinks] = await Promise.all([
      Promise.all(changed.map(readShares)).catch(() => undefined),
      Promise.all(changed.flatMap((owner) => teamOf(owner) ?? []).map(readLinks)).catch(() => undefined),
    ]);
    if (mine !== turn.current) return;
    if (nextShares) shares.value = nextShares.flat();
    if (nextLinks) links.value = nextLinks.flat();
  }
  useSignalEffect(() => {
    if (session.value && changes.value >= 0) void read();
  });

  if (!shares.value) return null;
  return (
    <>
      <h2>{text('sharedLinks')}</h2>
      <p class="quiet">{text(shares.value.length === 0 ? 'noShares' : 'sharesText')}</p>
      <ul class="rows cards" aria-label={text('sharedLinks')}>
        {shares.value.map((row) => (
          <ShareRow
            key={`${row.owner.team?.id} ${row.share.id}`}
            {...row}
            face={<Face name={row.share.name} file={libraryOf(row.owner).get(row.share.name)} />}
            title={<Title {...row} />}
            onEnd={() => {
              shares.value = shares.value?.filter((each) => each !== row);
            }}
          />
        ))}
      </ul>
      {/* Only teams have folder links. */}
      {links.value.length > 0 && (
        <>
          <h2>{text('sharedFolders')}</h2>
          <p class="quiet">{text('sharedFoldersText')}</p>
          <ul class="rows cards" aria-label={text('sharedFolders')}>
            {links.value.map((row) => (
              <LinkRow key={row.link.id} {...row} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** The name of a shared file, which opens it, and the place where it is. */
function Title({ owner: { team }, share: { name, stale } }: OfOwner) {
  const at = name.lastIndexOf('/') + 1;
  const label = name.slice(at);
  const place = [...(team ? [team.name] : []), ...name.slice(0, at).split('/').slice(0, -1)].join(' / ');
  return (
    <>
      {stale ? label : <a href={hashOf({ team: team?.id, folder: '', file: name })}>{label}</a>}
      {place && <span class="quiet"> {place}</span>}
    </>
  );
}

/** A link to a team's folder. Nobody has its address, so the dialog of the team makes a new one. */
function LinkRow({ owner, link }: OfTeam) {
  const { name, role, expiresAt, hasPassword } = link;
  const may = text(role === 'viewer' ? 'maySee' : 'maySend');
  const facts = [
    ...(name === undefined ? [] : [may]),
    text('until', { date: formatMinute(expiresAt) }),
    ...(hasPassword ? [text('withPassword')] : []),
  ];
  const title = (
    <>
      {name ?? may} <span class="quiet">{owner.team.name}</span>
    </>
  );
  return (
    <Row
      face={<Mark icon={role === 'viewer' ? 'folder' : 'upload'} />}
      name={title}
      facts={facts.join(' · ')}
    >
      <Button
        words={text('newLink')}
        label={text('newLinkTo', { team: owner.team.name })}
        onClick={() => openFolderLinks(owner)}
      />
    </Row>
  );
}
