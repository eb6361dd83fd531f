import type { Gateway, ListedTeam, Team } from '@cloudfront-cookie-gateway/client';
import type { Owner } from '../files/library.ts';

/** A team as the owner of files. */
export interface TeamOwner extends Owner, Team {
  team: ListedTeam;
}

/**
 * The teams of the user, as far as the page knows them.
 * @param onChange called after each change
 */
export function createKnownTeams(gateway: Pick<Gateway, 'team'>, onChange: () => void) {
  /** Undefined until the host has listed them. */
  let teams: Map<string, TeamOwner> | undefined;
  let changes = 0;

  function ownerOf(team: ListedTeam): TeamOwner {
    const known = teams?.get(team.id);
    // Uploads under way have this very object.
    return known ? Object.assign(known, { team }) : { ...gateway.team(team.id), team };
  }

  return {
    get: (id: string) => teams?.get(id),
    /** In the host's order. Undefined until the host has listed them. */
    all: (): TeamOwner[] | undefined => teams && [...teams.values()],
    /** The number of changes by this page. */
    changes: () => changes,
    put(team: ListedTeam): void {
      changes++;
      teams = new Map(teams).set(team.id, ownerOf(team));
      onChange();
    },
    remove(id: string): TeamOwner | undefined {
      changes++;
      const removed = teams?.get(id);
      if (teams?.delete(id)) onChange();
      return removed;
    },
    /** Takes in the host's list. @returns the teams that are not in it any more */
    replace(listed: readonly ListedTeam[]): TeamOwner[] {
      const former = [...(teams?.values() ?? [])];
      const next = new Map(listed.map((team) => [team.id, ownerOf(team)]));
      teams = next;
      onChange();
      return former.filter(({ id }) => !next.has(id));
    },
    clear(): void {
      changes++;
      teams = undefined;
      onChange();
    },
  };
}
