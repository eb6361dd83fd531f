import { ApiError, type ListedTeam, type Team, type TeamRole } from '@cloudfront-cookie-gateway/client';
import { signal } from '@preact/signals';
import { say } from '../dom.ts';
import { go } from '../files/history.ts';
import { forgetFiles, type Owner } from '../files/library.ts';
import { gateway } from '../gateway.ts';
import { owner } from '../state.ts';
import { text } from '../words/language.ts';

/** A team as the owner of files. */
export interface TeamOwner extends Owner, Team {
  team: ListedTeam;
}

const { files, shares, session, asUser } = gateway;
/** The signed-in user. */
export const own: Owner = { team: undefined, files, shares, session, asUser };

/** The teams of the user, in the host's order. Undefined until the host has listed them. */
export const teams = signal<readonly TeamOwner[] | undefined>(undefined);

/** Whether the person may make teams, as far as the page knows. */
export const mayMake = signal(false);

/** The teams that the person is leaving, or deleting, on this page. */
const leaving = new Set<string>();
/** The number of changes by this page. */
let changes = 0;
/** The reading of the list that is under way. */
let reading: Promise<void> | undefined;

const get = (id: string) => teams.peek()?.find((each) => each.id === id);

/** The owner of this team's files, or the user without a team. Undefined if the user is not known to belong to it. */
export function ownerOf(team: string | undefined): Owner | undefined {
  return team === undefined ? own : get(team);
}

/** An owner as a team. */
export function teamOf(owner: Owner | undefined): TeamOwner | undefined {
  return teams.value?.find((each) => each === owner);
}

/** All whose files the person can see: the user first, then the teams. */
export function allOwners(): Owner[] {
  return [own, ...(teams.value ?? [])];
}

/** What was drawn of a team is drawn again when it has another name, or the person another role. */
function createTeamOwner(team: ListedTeam): TeamOwner {
  const listed = signal(team);
  return Object.defineProperty({ ...gateway.team(team.id), team }, 'team', {
    enumerable: true,
    get: () => listed.value,
    set(next: ListedTeam) {
      if (JSON.stringify(next) !== JSON.stringify(listed.peek())) listed.value = next;
    },
  });
}

function take(team: ListedTeam): TeamOwner {
  const known = get(team.id);
  // Uploads under way have this very object.
  return known ? Object.assign(known, { team }) : createTeamOwner(team);
}

export function put(team: ListedTeam): TeamOwner {
  changes++;
  const taken = take(team);
  const others = teams.peek() ?? [];
  teams.value = others.includes(taken) ? [...others] : [...others, taken];
  return taken;
}

async function read(): Promise<void> {
  const asOf = changes;
  const listed = await gateway.teams.list().catch(noneIfMissing);
  if (!listed) return undefined;
  // The list may have been written before the change.
  if (asOf !== changes) return read();
  const former = teams.peek() ?? [];
  const next = listed.teams.map(take);
  mayMake.value = listed.mayMake;
  teams.value = next;
  for (const lost of former)
    if (!next.includes(lost)) leaveFiles(lost, text('left', { team: lost.team.name }));
}

/** Reads the list anew, one call at a time. @throws ApiError; the teams then stay as they are */
export function refreshTeams(): Promise<void> {
  reading ??= read().finally(() => {
    reading = undefined;
  });
  return reading;
}

export function clearTeams(): void {
  changes++;
  teams.value = undefined;
}

/** Takes in the person's role in a team. */
export function setRole(id: string, role: TeamRole): void {
  const team = get(id)?.team;
  if (team && team.role !== role) put({ ...team, role });
}

/** Leaves a team, or deletes it. @throws ApiError */
export async function leaveTeam(team: TeamOwner, how: 'leave' | 'delete'): Promise<void> {
  leaving.add(team.id);
  try {
    await team[how]();
    drop(team, '');
  } finally {
    leaving.delete(team.id);
  }
}

function drop(lost: TeamOwner, words: string): void {
  changes++;
  teams.value = teams.peek()?.filter((each) => each !== lost);
  leaveFiles(lost, words);
}

/** Leaves the files of a team that the person does not belong to any more. */
function leaveFiles(lost: TeamOwner, words: string): void {
  forgetFiles(lost);
  if (owner.peek() !== lost) return;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  go({ folder: '' }, 'replace');
  say(words);
}

/** A host without teams does not know their addresses. */
function noneIfMissing(error: unknown): undefined {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}

gateway.on('team', ({ team }) => setRole(team.id, team.role));
gateway.on('teamleft', ({ id }) => {
  const lost = leaving.has(id) ? undefined : get(id);
  if (lost) drop(lost, text('left', { team: lost.team.name }));
});
