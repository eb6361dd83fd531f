import type { Gateway, ListedTeam } from '@cloudfront-cookie-gateway/client';
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { announce, find, say } from '../dom.ts';
import { hashOf, placeOf } from '../files/address.ts';
import { go } from '../files/history.ts';
import { mayChange, type Owner } from '../files/library.ts';
import { askName, confirm } from '../ui/dialog.tsx';
import { plain, text } from '../words/language.ts';
import { describeFailure, describeWith, nameOf } from '../words/words.ts';
import { createOwners, type TeamOwner } from './owners.ts';
import type { PeopleActions } from './people.tsx';

export interface TeamsActions {
  /** The id of the signed-in user. */
  userId(): string | undefined;
  /** Whose files the page shows. */
  shown(): Owner;
  /** Shows the place that the address names. */
  show(): void;
  /** Draws the files again. */
  redraw(): void;
  /** Forgets the files of a team. */
  forget(owner: Owner): void;
  openLinks(owner: TeamOwner): void;
  openPeople(owner: TeamOwner, people: PeopleActions): void;
}

const describe = describeWith({ invalid_name: 'badTeamName' });

/** The teams of the signed-in user on the page: the list, the dialogs, and the ways from one to another. */
export function createTeams(gateway: Gateway, actions: TeamsActions) {
  const owners = createOwners(gateway, (lost) => goHome(lost, text('left', { team: lost.team.name })));
  const { own, teams, mayMake } = owners;
  const shown = signal<Owner>(own);
  let drawn: ListedTeam | undefined;

  effect(() => {
    find('switch', HTMLElement).hidden = teams.value === undefined;
    for (const id of ['team-new', 'new-team']) find(id, HTMLElement).hidden = !mayMake.value;
    if (!teams.value) return;
    const { team } = actions.shown();
    if (team?.id !== drawn?.id || (team?.name === drawn?.name && team?.role === drawn?.role)) return;
    showOwner(actions.shown());
    actions.redraw();
  });

  function showOwner(owner: Owner): void {
    drawn = owner.team;
    shown.value = owner;
    describeOwner(owner);
  }

  /** Leaves the files of a team that the person does not belong to any more. */
  function goHome(lost: TeamOwner, words: string): void {
    actions.forget(lost);
    if (actions.shown() !== lost) return;
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    go({ folder: '' }, 'replace');
    actions.show();
    say(words);
  }

  /** Shows a team, and says what has happened. */
  function enter(team: ListedTeam, words: string): void {
    owners.put(team);
    go({ team: team.id, folder: '' }, 'push');
    actions.show();
    announce(words);
  }

  function make(): void {
    askName({
      ...{
        title: text('newTeam'),
        action: text('create'),
        label: text('teamName'),
        note: text('newTeamText'),
      },
      ...{ maxLength: 100, describe },
      save: async (name) => enter(await gateway.teams.make(name), text('teamMade', { team: name })),
    });
  }

  const people: PeopleActions = {
    owners,
    userId: actions.userId,
    rename({ team: { name }, rename }: TeamOwner): void {
      askName({
        ...{ title: text('renameTeam'), action: text('save'), label: text('teamName'), name },
        ...{ maxLength: 100, describe },
        save: async (wanted) => owners.put(await rename(wanted)),
      });
    },
    /** Asks whether to leave, or to delete, a team, and does it. @throws ApiError */
    async leave(owner: TeamOwner, how: 'leave' | 'delete'): Promise<void> {
      const { name } = owner.team;
      const question =
        how === 'leave'
          ? { title: text('leaveQuestion', { team: name }), text: text('leaveText'), action: text('leave') }
          : { title: text('deleteQuestion', { name }), text: text('deleteTeamText'), action: text('delete') };
      if (!(await confirm(question))) return;
      await owners.leave(owner, how);
      goHome(owner, '');
      announce(how === 'leave' ? text('hasLeft', { team: name }) : text('deleted', { name }));
    },
  };
  const openPeople = (owner: TeamOwner) => actions.openPeople(owner, people);
  for (const [id, open] of [
    ['people-open', openPeople],
    ['empty-invite', openPeople],
    ['links-open', actions.openLinks],
  ] as const) {
    find(id, HTMLElement).addEventListener('click', () => {
      const owner = owners.teamOf(actions.shown());
      if (owner) open(owner);
    });
  }
  for (const id of ['team-new', 'new-team']) find(id, HTMLElement).addEventListener('click', make);
  gateway.on('team', ({ team }) => owners.setRole(team.id, team.role));
  gateway.on('teamleft', ({ id }) => owners.lose(id));
  const Rail = () => (
    <>
      {teams.value?.map(({ team }) => (
        <Way team={team} isHere={team === shown.value.team} />
      ))}
    </>
  );
  render(<Rail />, find('switch-list', HTMLElement));

  return {
    owners,
    showOwner,
    enter,
    /** The address names a team that the page does not know. */
    async meet(): Promise<void> {
      const { team } = placeOf(location.hash);
      let words = text('notMember');
      await owners.refresh().catch((error) => {
        words = describeFailure(error).words;
      });
      // The person may have gone on meanwhile.
      if (placeOf(location.hash).team !== team) return;
      const isKnown = owners.of(team) !== undefined;
      if (!isKnown) go({ folder: '' }, 'replace');
      actions.show();
      if (!isKnown) say(words);
    },
    // If the host does not answer, the page says so elsewhere.
    refresh: () => owners.refresh().catch(() => undefined),
  };
}

/** A team in the rail. On a phone the teams are the menu of a button. */
function Way({ team, isHere }: { team: ListedTeam; isHere: boolean }) {
  return (
    <li>
      <a href={hashOf({ team: team.id, folder: '' })} aria-current={isHere ? 'page' : undefined}>
        <span class="name">{nameOf(team)}</span> <span class="quiet">{plain(team.role)}</span>
      </a>
    </li>
  );
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
