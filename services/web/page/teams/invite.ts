import type { ListedInvitation } from '@cloudfront-cookie-gateway/client';
import { create, find, icon, onPress, workButton } from '../dom.ts';
import { formatDay, NUMBER, plain, text } from '../words/language.ts';
import type { TeamOwner } from './known-teams.ts';
import { createNewAddress } from './new-address.ts';
import { roleOf } from './roles.ts';
import type { TeamDialog } from './team-dialog.ts';

/** The part of the people's dialog that invites: a link for new members, and the invitations that are open. */
export function createInvite({ tell, attempt }: Pick<TeamDialog, 'tell' | 'attempt'>) {
  const list = find('invitations', HTMLElement);
  const make = find('invite-create', HTMLButtonElement);
  const link = createNewAddress('invite', find('people-trouble', HTMLElement));
  let owner: TeamOwner | undefined;

  async function read(): Promise<void> {
    const shown = owner;
    const open = await shown?.invitations.list().catch(() => undefined);
    if (shown === owner) list.replaceChildren(...(open ?? []).map((each) => createRow(each, end)));
  }

  /** Shows the choice for a new link, and no link. */
  function begin(): void {
    link.hide();
    list.replaceChildren();
    void read();
  }

  async function invite(): Promise<void> {
    const role = roleOf(find('invite-role', HTMLSelectElement).value);
    const uses = Number(find('invite-uses', HTMLSelectElement).value);
    await attempt(async (shown) => {
      const made = await shown.invitations.make({ role, uses });
      if (shown !== owner) return;
      const values = { uses: usesOf(uses), date: formatDay(made.expiresAt) };
      link.show(made, text('inviteUntil', values));
      await read();
    });
  }

  async function end(row: HTMLElement, id: string): Promise<void> {
    if (!(await attempt((shown) => shown.invitations.revoke(id)))) return;
    link.end(id);
    row.remove();
    tell(text('invitationEnded'));
    make.focus();
  }

  onPress(make, invite);

  return {
    begin,
    /** @param shown the team to invite to. Undefined where the person may not */
    show(shown: TeamOwner | undefined): void {
      if (shown === owner) return;
      owner = shown;
      begin();
    },
  };
}

/** An open invitation, with a button that ends it. */
function createRow(
  { id, role, usesLeft, expiresAt }: ListedInvitation,
  end: (row: HTMLElement, id: string) => Promise<void>,
): HTMLLIElement {
  const values = { uses: usesOf(usesLeft), date: formatDay(expiresAt) };
  const words = create('span', { class: 'quiet' }, text('openInvitation', values));
  const row = create(
    'li',
    { 'data-invitation': id },
    create('span', { class: 'face' }, icon('share')),
    create('span', { class: 'name' }, plain(role)),
    words,
  );
  const label = text('endInvitationFor', { role: plain(role), ...values });
  row.append(workButton(text('endInvitation'), label, () => end(row, id)));
  return row;
}

function usesOf(count: number): string {
  return count === 1 ? text('oneUse') : text('manyUses', { count: NUMBER.format(count) });
}
