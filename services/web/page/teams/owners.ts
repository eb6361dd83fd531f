import { ApiError, type Gateway, type TeamRole } from '@cloudfront-cookie-gateway/client';
import type { Owner } from '../files/library.ts';
import { createKnownTeams, type TeamOwner } from './known-teams.ts';

export interface OwnersOptions {
  /** The teams, or what is known of them, have changed. */
  onChange: () => void;
  /** The person does not belong to this team any more, by no action on this page. */
  onLost: (lost: TeamOwner) => void;
}

export type Owners = ReturnType<typeof createOwners>;

/** Whose files the page can show: the signed-in user's own, and those of the user's teams. */
export function createOwners(gateway: Gateway, { onChange, onLost }: OwnersOptions) {
  const { files, shares, session, asUser } = gateway;
  const own: Owner = { team: undefined, files, shares, session, asUser };
  const known = createKnownTeams(gateway, onChange);
  /** The teams that the person is leaving, or deleting, on this page. */
  const leaving = new Set<string>();
  /** The reading of the list that is under way. */
  let reading: Promise<void> | undefined;
  let mayMake = false;

  async function read(): Promise<void> {
    const asOf = known.changes();
    const listed = await gateway.teams.list().catch(noneIfMissing);
    if (!listed) return undefined;
    // The list may have been written before the change.
    if (asOf !== known.changes()) return read();
    mayMake = listed.mayMake;
    for (const lost of known.replace(listed.teams)) onLost(lost);
  }

  return {
    own,
    /** The owner of this team's files, or the user without a team. Undefined if the user is not known to belong to it. */
    of: (team: string | undefined): Owner | undefined => (team === undefined ? own : known.get(team)),
    teams: known.all,
    /** Whether the person may make teams, as far as the page knows. */
    mayMake: () => mayMake,
    put: known.put,
    clear: known.clear,
    /** Reads the list anew, one call at a time. @throws ApiError; the teams then stay as they are */
    refresh(): Promise<void> {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    /** Takes in the person's role in a team. */
    setRole(id: string, role: TeamRole): void {
      const team = known.get(id)?.team;
      if (team && team.role !== role) known.put({ ...team, role });
    },
    /**
     * Leaves a team, or deletes it.
     * @param run asks the host for it
     */
    async leave({ id }: TeamOwner, run: () => Promise<void>): Promise<void> {
      leaving.add(id);
      try {
        await run();
        known.remove(id);
      } finally {
        leaving.delete(id);
      }
    },
    /** The host says that the person does not belong to this team any more. */
    lose(id: string): void {
      const lost = leaving.has(id) ? undefined : known.remove(id);
      if (lost) onLost(lost);
    },
  };
}

/** A host without teams does not know their addresses. */
function noneIfMissing(error: unknown): undefined {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
