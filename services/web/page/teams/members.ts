import type { TeamMember, TeamRole } from '@cloudfront-cookie-gateway/client';
import { confirm, create, find, textButton } from '../dom.ts';
import { formatDay, plain, text } from '../words/language.ts';
import { initialOf } from '../words/words.ts';
import type { TeamOwner } from './known-teams.ts';
import { createRoleChoice, roleOf } from './roles.ts';
import type { TeamDialog } from './team-dialog.ts';

export interface MembersActions extends Pick<TeamDialog, 'tell' | 'attempt'> {
  /** The id of the signed-in user. */
  userId(): string | undefined;
  /** The person has changed their own role. */
  onOwnRole(owner: TeamOwner, role: TeamRole): void;
  /** Called when somebody has been removed. */
  onRemoved(): void;
}

/** The members of the people's dialog. A manager changes their roles, and removes them. */
export function createMembers({ userId, onOwnRole, onRemoved, tell, attempt }: MembersActions) {
  function createRow(member: TeamMember, isManager: boolean): HTMLLIElement {
    const isOwn = member.userId === userId();
    const name = member.name ?? text('unnamed');
    const row = create(
      'li',
      { 'data-member': member.userId },
      create('span', { class: 'face', 'aria-hidden': 'true' }, initialOf(name)),
      create('span', { class: 'name' }, isOwn ? text('youAre', { name }) : name),
      create('span', { class: 'quiet' }, text('since', { date: formatDay(member.joinedAt) })),
    );
    if (!isManager) row.append(create('span', { class: 'role' }, plain(member.role)));
    else row.append(createRoleField(member, name));
    if (isManager && !isOwn) {
      const onRemove = () => void remove(row, member.userId, name);
      row.append(textButton(text('remove'), text('removeMember', { name }), onRemove));
    }
    return row;
  }

  function createRoleField(member: TeamMember, name: string): HTMLSelectElement {
    const choice = createRoleChoice(text('roleOf', { name }), member.role);
    let former = member.role;
    choice.addEventListener('change', async () => {
      const wanted = roleOf(choice.value);
      choice.disabled = true;
      const isDone = await attempt(async (shown) => {
        await shown.members.changeRole(member.userId, wanted);
        former = wanted;
        if (member.userId === userId()) onOwnRole(shown, wanted);
      });
      choice.value = former;
      choice.disabled = false;
      if (isDone) tell(text('roleChanged', { name, role: plain(wanted) }));
    });
    return choice;
  }

  async function remove(row: HTMLElement, id: string, name: string): Promise<void> {
    const title = text('removeQuestion', { name });
    const isSure = await confirm({ title, text: text('removeText'), action: text('remove') });
    if (!isSure || !(await attempt((shown) => shown.members.remove(id)))) return;
    row.remove();
    onRemoved();
    tell(text('removed', { name }));
    find('people-close', HTMLElement).focus();
  }

  return {
    show(members: readonly TeamMember[], isManager: boolean): void {
      const rows = members.map((member) => createRow(member, isManager));
      find('members', HTMLElement).replaceChildren(...rows);
    },
  };
}
