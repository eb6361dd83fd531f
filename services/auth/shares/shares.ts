import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  type Owner,
  type TeamId,
  teamOwner,
  toTeamId,
  userOwner,
} from '@cloudfront-cookie-gateway/core/owner';
import { toUserId } from '@cloudfront-cookie-gateway/core/user-id';
import { withRevokedShare } from '../edge/entry.ts';
import type { EdgeTeller, Told } from '../edge/teller.ts';
import type { Uploader } from '../files/file.ts';
import { changeRecord } from '../sessions/change-record.ts';
import { requireSession } from '../sessions/live.ts';
import type { Revocations, Share } from '../sessions/record.ts';
import { namedToken, nameIn, type TokenMac } from '../sessions/secret-token.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { changeAsEditor, changeOwnTeam, requireEditor } from '../teams/change-team.ts';
import { withFilesRevoked, withoutShare, withShare } from './share.ts';

/** A session, and the folder whose files it shares. */
export type SharingSession = CurrentSession & Pick<Uploader, 'owner'>;

interface SharesDeps extends Pick<Stores, 'users' | 'teams'> {
  clock: Clock;
  teller: Pick<EdgeTeller, 'tell' | 'tellTeam'>;
}

/** A change of the item that holds the shares of a folder: the user's record, or the team's item. */
type BookChange = <T extends Revocations>(item: T) => T | undefined;

/** The shares of one folder. Both kinds of change return the item after it. */
interface Book {
  read(): Promise<Revocations | undefined>;
  /** Changes the item if the person may do it still. */
  change(change: BookChange): Promise<Revocations>;
  /** Changes the item because of something that the person has done. */
  clean(change: BookChange): Promise<Revocations>;
  tell(item: Revocations): Promise<Told>;
}

export type Shares = ReturnType<typeof createShares>;

/**
 * Links to single files, of a user or of a team. Whoever changes something must have the session still, and be an
 * editor of the team still, as the very item says that is changed. All methods throw GatewayError no_session,
 * no_such_team and role_too_low of that check, and store_unavailable.
 */
export function createShares(deps: SharesDeps) {
  return {
    /**
     * Creates a share. The link is made after its number is in the item. A delete of the file at the same time then finds
     * the share there.
     * @param makeUrl if it fails, the share is taken back
     * @throws GatewayError too_many_shares
     */
    async create(
      folder: SharingSession,
      share: Omit<Share, 'number' | 'maker'>,
      makeUrl: (id: number) => Promise<string>,
    ): Promise<{ id: number; url: string }> {
      const book = bookOf(deps, folder);
      const { owner, userId, session } = folder;
      const added = owner.kind === 'team' ? { ...share, maker: { userId, start: session.start } } : share;
      const { lastShare: id } = await book.change((item) => {
        const changed = withShare(item, added, nowEpoch(deps));
        if (!changed) throw new GatewayError('too_many_shares');
        return changed;
      });
      try {
        if (owner.kind === 'team') await requireEditor(deps, folder, owner.id);
        return { id, url: await makeUrl(id) };
      } catch (error) {
        await book.clean((item) => withoutShare(item, id));
        throw error;
      }
    },

    /** Shares that are neither expired nor revoked, the oldest first. Nothing is checked. */
    async open(folder: SharingSession): Promise<Share[]> {
      const item = await bookOf(deps, folder).read();
      return (item?.shares ?? []).filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch(deps));
    },

    /**
     * Revokes a share. Calling it again is harmless.
     * @returns undefined if there is no such share
     */
    async revoke(folder: SharingSession, number: number): Promise<Told | undefined> {
      const book = bookOf(deps, folder);
      const item = await book.change((before) => {
        const share = before.shares.find((each) => each.number === number);
        return share && withRevokedShare(before, number, share.expiresAtEpoch, nowEpoch(deps));
      });
      return item.revokedShares.some((revoked) => revoked.number === number) ? book.tell(item) : undefined;
    },

    /**
     * Deletes files, and revokes every share of them. The shares are revoked first: if a file cannot be deleted, no share
     * opens another file that gets its name. Shares that were created meanwhile are revoked after. A share that comes
     * later does not find the file.
     * @param names of the stored files
     */
    async revokeOf(
      folder: SharingSession,
      names: string | readonly string[],
      deleteFiles: () => Promise<void>,
    ): Promise<Told> {
      const book = bookOf(deps, folder);
      const change: BookChange = (item) => withFilesRevoked(item, new Set([names].flat()), nowEpoch(deps));
      const before = book.tell(await book.change(change));
      await deleteFiles();
      const meanwhile = book.tell(await book.clean(change));
      const told = await Promise.all([before, meanwhile]);
      return told.includes('pending') ? 'pending' : 'told';
    },
  };
}

function bookOf(deps: SharesDeps, folder: SharingSession): Book {
  const { owner } = folder;
  return owner.kind === 'team' ? teamBook(deps, folder, owner.id) : userBook(deps, folder);
}

function userBook(deps: SharesDeps, { userId, session, known }: CurrentSession): Book {
  return {
    read: async () => known.user,
    change: (change) =>
      changeRecord(
        deps,
        userId,
        (user) => {
          requireSession(user, session.tokenHash, nowEpoch(deps));
          return change(user);
        },
        known,
      ),
    clean: (change) => changeRecord(deps, userId, change),
    tell: (item) => deps.teller.tell(userId, item),
  };
}

function teamBook(deps: SharesDeps, person: CurrentSession, teamId: TeamId): Book {
  return {
    read: async () => (await deps.teams.read(teamId))?.team,
    change: (change) => changeAsEditor(deps, person, teamId, change),
    clean: (change) => changeOwnTeam(deps, person, teamId, change),
    tell: (item) => deps.teller.tellTeam(teamId, item),
  };
}

interface SharePagesDeps extends Pick<Stores, 'users' | 'teams'> {
  clock: Clock;
  tokenMac: TokenMac;
}

/**
 * What opens the page of a share: `<kind>.<owner>.<number>.<end>` and a MAC over that. No store has it: this service
 * makes it again for each list, and knows it without a look into a store.
 */
export function createSharePages(deps: SharePagesDeps) {
  return {
    secretOf: (owner: Owner, { number, expiresAtEpoch }: Pick<Share, 'number' | 'expiresAtEpoch'>) =>
      namedToken(deps.tokenMac, 'share', [owner.kind, owner.id, number, expiresAtEpoch].join('.')),

    /** @throws GatewayError link_over: expired, revoked, never made, all alike; store_unavailable */
    async read(rawSecret: string): Promise<{ owner: Owner; share: Share }> {
      const named = nameIn(deps.tokenMac, 'share', rawSecret)?.split('.') ?? [];
      const [kind = '', id = '', number, endEpoch] = named;
      const owner = ownerOf(kind, id);
      if (!owner || Number(endEpoch) <= nowEpoch(deps)) throw new GatewayError('link_over');
      const shares = await sharesOf(deps, owner);
      const share = shares.find((each) => each.number === Number(number));
      // After a restored backup, another share may get the number.
      if (share?.expiresAtEpoch !== Number(endEpoch)) throw new GatewayError('link_over');
      return { owner, share };
    },
  };
}

function ownerOf(kind: string, id: string): Owner | undefined {
  if (kind === 'user') {
    const userId = toUserId(id);
    return userId && userOwner(userId);
  }
  const teamId = toTeamId(id);
  return teamId && teamOwner(teamId);
}

async function sharesOf({ users, teams }: SharePagesDeps, owner: Owner): Promise<Share[]> {
  if (owner.kind === 'user') return (await users.read(owner.id)).user.shares;
  return (await teams.read(owner.id))?.team.shares ?? [];
}
