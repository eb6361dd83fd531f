import {
  ApiError,
  type Gateway,
  type ListedTeam,
  type Team,
  type TeamRole,
} from '@cloudfront-cookie-gateway/client';
import { signal } from '@preact/signals';
import type { Owner } from '../files/library.ts';

/** A team as the owner of files. */
export interface TeamOwner extends Owner, Team {
  team: ListedTeam;
}

export type Owners = ReturnType<typeof createOwners>;

/**
 * Whose files the page can show: the signed-in user's own, and those of the user's teams.
 * @param onLost called when the person does not belong to a team any more, by no action on this page
 */
export function createOwners(gateway: Gateway, onLost: (lost: TeamOwner) => void) {
  const { files, shares, session, asUser } = gateway;
  const own: Owner = { team: undefined, files, shares, session, asUser };
  /** In the host's order. Undefined until the host has listed them. */
  const teams = signal<readonly TeamOwner[] | undefined>(undefined);
  /** Whether the person may make teams, as far as the page knows. */
  const mayMake = signal(false);
  /** The teams that the person is leaving, or deleting, on this page. */
  const leaving = new Set<string>();
  /** The number of changes by this page. */
  let changes = 0;
  /** The reading of the list that is under way. */
  let reading: Promise<void> | undefined;

  const get = (id: string) => teams.peek()?.find((each) => each.id === id);

  function ownerOf(team: ListedTeam): TeamOwner {
    const known = get(team.id);
    // Uploads under way have this very object.
    return known ? Object.assign(known, { team }) : { ...gateway.team(team.id), team };
  }

  function put(team: ListedTeam): void {
    changes++;
    const owner = ownerOf(team);
    const others = teams.peek() ?? [];
    teams.value = others.includes(owner) ? [...others] : [...others, owner];
  }

  function remove(id: string): TeamOwner | undefined {
    changes++;
    const removed = get(id);
    if (removed) teams.value = teams.peek()?.filter((each) => each !== removed);
    return removed;
  }

  async function read(): Promise<void> {
    const asOf = changes;
    const listed = await gateway.teams.list().catch(noneIfMissing);
    if (!listed) return undefined;
    // The list may have been written before the change.
    if (asOf !== changes) return read();
    const former = teams.peek() ?? [];
    const next = listed.teams.map(ownerOf);
    mayMake.value = listed.mayMake;
    teams.value = next;
    for (const lost of former) if (!next.includes(lost)) onLost(lost);
  }

  return {
    own,
    teams,
    mayMake,
    /** The owner of this team's files, or the user without a team. Undefined if the user is not known to belong to it. */
    of: (team: string | undefined): Owner | undefined => (team === undefined ? own : get(team)),
    /** An owner as a team. */
    teamOf: (owner: Owner) => teams.peek()?.find((each) => each === owner),
    put,
    clear(): void {
      changes++;
      teams.value = undefined;
    },
    /** Reads the list anew, one call at a time. @throws ApiError; the teams then stay as they are */
    refresh(): Promise<void> {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    /** Takes in the person's role in a team. */
    setRole(id: string, role: TeamRole): void {
      const team = get(id)?.team;
      if (team && team.role !== role) put({ ...team, role });
    },
    /** Leaves a team, or deletes it. */
    async leave(owner: TeamOwner, how: 'leave' | 'delete'): Promise<void> {
      leaving.add(owner.id);
      try {
        await owner[how]();
        remove(owner.id);
      } finally {
        leaving.delete(owner.id);
      }
    },
    /** The host says that the person does not belong to this team any more. */
    lose(id: string): void {
      const lost = leaving.has(id) ? undefined : remove(id);
      if (lost) onLost(lost);
    },
  };
}

/** A host without teams does not know their addresses. */
function noneIfMissing(error: unknown): undefined {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
