import type { Gateway, ListedTeam } from '@cloudfront-cookie-gateway/client';
import { find } from '../dom.ts';
import { mayChange, type Owner } from '../files/library.ts';
import { text } from '../words/language.ts';
import { createFolderLinks } from './folder-links.ts';
import type { TeamOwner } from './known-teams.ts';
import { createNameDialog } from './name.ts';
import { createOwners } from './owners.ts';
import { createPeople } from './people.ts';
import { createSwitch } from './switch.ts';
import { createWays, type WaysActions } from './ways.ts';

export interface TeamsActions extends WaysActions {
  /** The id of the signed-in user. */
  userId(): string | undefined;
  /** Draws the files again. */
  redraw(): void;
}

/** The teams of the signed-in user on the page: the list, the dialogs, and the ways from one to another. */
export function createTeams(gateway: Gateway, actions: TeamsActions) {
  const owners = createOwners(gateway, {
    onChange: showOwners,
    onLost: (lost) => ways.goHome(lost, text('left', { team: lost.team.name })),
  });
  const ways = createWays(() => owners, actions);
  const names = createNameDialog();
  const switcher = createSwitch(make);
  const people = createPeople({
    userId: actions.userId,
    rename,
    leave: ways.leave,
    onOwnRole: ({ id }, role) => owners.setRole(id, role),
  });
  const links = createFolderLinks(actions);
  let drawn: ListedTeam | undefined;

  function showOwners(): void {
    const shown = actions.shown();
    const all = owners.teams();
    find('switch', HTMLElement).hidden = all === undefined;
    switcher.show(all ?? [], shown);
    for (const id of ['team-new', 'new-team']) find(id, HTMLElement).hidden = !owners.mayMake();
    if (isSame(shown.team, drawn)) return;
    showOwner(shown);
    actions.redraw();
    void people.refresh();
  }

  function showOwner(owner: Owner): void {
    drawn = owner.team;
    describeOwner(owner);
    showOwners();
  }

  function make(): void {
    const save = async (name: string) =>
      ways.enter(await gateway.teams.make(name), text('teamMade', { team: name }));
    names.open({ title: text('newTeam'), action: text('create'), save });
  }

  function rename(owner: TeamOwner): void {
    const save = async (name: string) => owners.put(await owner.rename(name));
    names.open({ title: text('renameTeam'), action: text('save'), name: owner.team.name, save });
  }

  for (const { id, dialog } of [
    { id: 'people-open', dialog: people },
    { id: 'empty-invite', dialog: people },
    { id: 'links-open', dialog: links },
  ]) {
    find(id, HTMLElement).addEventListener('click', () => {
      const owner = owners.teams()?.find((each) => each === actions.shown());
      if (owner) dialog.open(owner);
    });
  }
  gateway.on('team', ({ team }) => owners.setRole(team.id, team.role));
  gateway.on('teamleft', ({ id }) => owners.lose(id));

  return {
    owners,
    showOwner,
    enter: ways.enter,
    openLinks: links.open,
    meet: ways.meet,
    // If the host does not answer, the page says so elsewhere.
    refresh: () => owners.refresh().catch(() => undefined),
  };
}

/** Whether the page has drawn a team as it is now. It draws another one when it shows its files. */
function isSame(team: ListedTeam | undefined, drawn: ListedTeam | undefined): boolean {
  return team?.id !== drawn?.id || (team?.name === drawn?.name && team?.role === drawn?.role);
}

/** The words for the person's own role. */
const AS = { viewer: 'asViewer', editor: 'asEditor', manager: 'asManager' } as const;

/** Shows what the person may do with the files of an owner. */
export function describeOwner(owner: Owner): void {
  const { team } = owner;
  find('team', HTMLElement).hidden = team === undefined;
  find('team-role', HTMLElement).textContent = team ? text(AS[team.role]) : '';
  // The provider says who belongs to its teams.
  find('people-open', HTMLElement).hidden = team?.kind === 'provider';
  for (const part of document.querySelectorAll<HTMLElement>('.changing')) part.hidden = !mayChange(owner);
  find('empty-invite', HTMLElement).hidden = team?.kind !== 'made' || team.role !== 'manager';
  const isForAll = team ? 'emptyForTeam' : 'emptyText';
  find('empty-text', HTMLElement).textContent = text(mayChange(owner) ? isForAll : 'emptyForViewer');
}
