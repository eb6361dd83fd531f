import type { ListedFolderLink, ListedShare, Team } from '@cloudfront-cookie-gateway/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { mayChange, type Owner } from '../files/library.ts';
import { teamOf } from '../teams/owners.ts';
import { Mark, Row } from '../ui/parts.tsx';
import { formatMinute, NUMBER, text } from '../words/language.ts';
import { ShareRow } from './share-row.tsx';

interface AccessProps {
  owner: Owner;
  name: string;
  /** The share whose address the page shows elsewhere. Its row does not copy it again. */
  shownId: number | undefined;
  /** That share has ended. */
  onShownEnd(): void;
}

interface Found {
  people: string;
  shares: ListedShare[];
  links: ListedFolderLink[];
}

/** The most members that are named. */
const MAX_NAMED = 3;

/** Who can open a file: people, and links with their time left. */
export function Access({ owner, name, shownId, onShownEnd }: AccessProps) {
  const team = teamOf(owner);
  const found = useSignal<Found | 'failed' | undefined>(undefined);

  async function read(): Promise<Found> {
    const [people, shares, links] = await Promise.all([
      team ? describeMembers(team) : '',
      mayChange(owner) ? owner.shares.list() : [],
      team && mayChange(owner) ? team.links.list() : [],
    ]);
    return {
      people,
      shares: shares.filter((share) => share.name === name && share.stale !== true),
      links: links.filter(({ role }) => role === 'viewer'),
    };
  }
  const show = () =>
    read()
      .catch(() => 'failed' as const)
      .then((next) => {
        found.value = next;
      });
  useEffect(() => void show(), [shownId]);

  const { value } = found;
  if (value === undefined) return null;
  if (value === 'failed') return <Row face={<Mark icon="info" />} name={text('accessUnknown')} />;
  const isOnlyOwn = value.shares.length === 0;
  return (
    <>
      <Row
        face={<Mark icon={team ? 'team' : 'person'} />}
        name={team ? team.team.name : text(isOnlyOwn ? 'onlyYou' : 'youToo')}
        facts={value.people}
      />
      {value.shares.map(({ page, ...share }) => (
        <ShareRow
          key={share.id}
          owner={owner}
          share={page === undefined || share.id === shownId ? share : { ...share, page }}
          face={<Mark icon="share" />}
          title={text('whoHasLink')}
          onEnd={share.id === shownId ? onShownEnd : show}
        />
      ))}
      {value.links.map(({ id, name: link, expiresAt }) => (
        <Row
          key={id}
          face={<Mark icon="folder" />}
          name={link === undefined ? text('whoHasFolderLink') : text('whoHasNamedLink', { name: link })}
          facts={text('until', { date: formatMinute(expiresAt) })}
        />
      ))}
    </>
  );
}

/** A team of the provider tells no members. */
async function describeMembers(team: Team): Promise<string> {
  const { members } = await team.read();
  if (!members) return text('allMembers');
  const names = members.slice(0, MAX_NAMED).map(({ name }) => name ?? text('unnamed'));
  const left = members.length - names.length;
  return [...names, ...(left > 0 ? [text('more', { count: NUMBER.format(left) })] : [])].join(', ');
}
