import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type Owner, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Clock } from '../domain/ports.ts';
import { namedToken, nameIn, type TokenMac } from '../domain/secret-token.ts';
import type { Share } from '../domain/user-record.ts';
import type { Stores } from '../table/stores.ts';

interface SharePagesDeps extends Pick<Stores, 'users' | 'teams'> {
  clock: Clock;
  tokenMac: TokenMac;
}

export type SharePages = ReturnType<typeof createSharePages>;

/**
 * What opens the page of a share: `<kind>.<owner>.<number>.<end>` and a MAC over that. No store has it: this service
 * makes it again for each list, and knows it without a look into a store.
 */
export function createSharePages(deps: SharePagesDeps) {
  return {
    secretOf: (owner: Owner, { number, expiresAtEpoch }: Pick<Share, 'number' | 'expiresAtEpoch'>): string =>
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
