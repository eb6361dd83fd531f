import type {
  Invitation,
  ListedInvitation,
  TeamDetails,
  TeamMember,
  TeamRole,
} from '@cloudfront-cookie-gateway/client';
import { useSignal, useSignalEffect } from '@preact/signals';
import { announce } from '../dom.ts';
import { session } from '../state.ts';
import { askName, confirm, Dialog, fieldOf, openDialog, useReport } from '../ui/dialog.tsx';
import {
  Button,
  Choice,
  CopyField,
  Mark,
  Options,
  Row,
  SubmitButton,
  useWork,
  WorkButton,
} from '../ui/parts.tsx';
import { counted, formatDay, plain, text } from '../words/language.ts';
import { initialOf } from '../words/words.ts';
import { TEAM_NAME } from './make-team.ts';
import { leaveTeam, put, setRole, type TeamOwner } from './owners.ts';

const ROLES = ['viewer', 'editor', 'manager'] as const;

const roleOf = (value: string): TeamRole => ROLES.find((role) => role === value) ?? 'viewer';
const roles = Object.fromEntries(ROLES.map((role) => [role, plain(role)]));
const USES = { 1: text('onePerson'), 10: text('tenPeople'), 100: text('hundredPeople') };
const usesOf = (count: number) => counted(count, 'oneUse', 'manyUses');

/** Opens the dialog of a team that people made: its members, its invitations, and the team itself. */
export function openPeople(owner: TeamOwner): void {
  void openDialog(<People owner={owner} />);
}

function People({ owner }: { owner: TeamOwner }) {
  const userId = session.value?.user.id;
  const { say, attempt, report } = useReport();
  const details = useSignal<TeamDetails>(owner.team);
  const invitations = useSignal<readonly ListedInvitation[]>([]);
  const made = useSignal<(Invitation & { uses: number }) | undefined>(undefined);
  const { name, role, members = [] } = details.value;
  const isManager = role === 'manager';

  const read = () =>
    attempt(async () => {
      details.value = await owner.read();
      invitations.value =
        details.value.role === 'manager' ? await owner.invitations.list().catch(() => []) : [];
    });
  // The team may get another name, or the person another role.
  useSignalEffect(() => {
    if (owner.team) void read();
  });

  async function changeRole(member: TeamMember, wanted: TeamRole): Promise<void> {
    const { userId: id, name: of = text('unnamed') } = member;
    const isDone = await attempt(async () => {
      await owner.members.changeRole(id, wanted);
      details.value = {
        ...details.value,
        members: members.map((each) => (each === member ? { ...each, role: wanted } : each)),
      };
      if (id === userId) setRole(owner.id, wanted);
    });
    if (isDone) say(text('roleChanged', { name: of, role: plain(wanted) }));
  }

  async function remove({ userId: id, name: of = text('unnamed') }: TeamMember): Promise<void> {
    const title = text('removeQuestion', { name: of });
    if (!(await confirm({ title, text: text('removeText'), action: text('remove') }))) return;
    if (!(await attempt(() => owner.members.remove(id)))) return;
    // A removal also ends the open invitations of the team.
    made.value = undefined;
    details.value = { ...details.value, members: members.filter((each) => each.userId !== id) };
    invitations.value = await owner.invitations.list().catch(() => []);
    say(text('removed', { name: of }));
  }

  const go = (how: 'leave' | 'delete') =>
    attempt(async () => {
      const question =
        how === 'leave'
          ? { title: text('leaveQuestion', { team: name }), text: text('leaveText'), action: text('leave') }
          : { title: text('deleteQuestion', { name }), text: text('deleteTeamText'), action: text('delete') };
      if (!(await confirm(question))) return;
      await leaveTeam(owner, how);
      announce(how === 'leave' ? text('hasLeft', { team: name }) : text('deleted', { name }));
    });
  const rename = () =>
    askName({
      ...TEAM_NAME,
      title: text('renameTeam'),
      action: text('save'),
      name,
      async save(wanted) {
        put(await owner.rename(wanted));
      },
    });
  const invite = (fields: FormData) =>
    attempt(async () => {
      const uses = Number(fieldOf(fields, 'uses'));
      made.value = {
        uses,
        ...(await owner.invitations.make({ role: roleOf(fieldOf(fields, 'role')), uses })),
      };
      await read();
    });

  async function end(id: string): Promise<void> {
    if (!(await attempt(() => owner.invitations.revoke(id)))) return;
    if (made.value?.id === id) made.value = undefined;
    invitations.value = invitations.value.filter((each) => each.id !== id);
    say(text('invitationEnded'));
  }

  return (
    <Dialog
      title={text('peopleOf', { team: name })}
      class="wide"
      buttons={
        <>
          <WorkButton words={text('leave')} class="first" work={() => go('leave')} />
          {isManager && <Button words={text('rename')} onClick={rename} />}
          {isManager && <WorkButton words={text('deleteTeam')} class="bad" work={() => go('delete')} />}
        </>
      }
    >
      <ul class="rows" aria-label={text('members')}>
        {members.map((member) => (
          <Member
            key={member.userId}
            {...{ member, isManager, isOwn: member.userId === userId }}
            change={(wanted) => changeRole(member, wanted)}
            remove={() => remove(member)}
          />
        ))}
      </ul>
      {isManager && (
        <section>
          <h3>{text('invite')}</h3>
          <p class="quiet">{text('rolesText')}</p>
          <InviteForm invite={invite} />
          {made.value && (
            <CopyField
              label={text('inviteLink')}
              address={made.value.url}
              note={text('inviteUntil', {
                uses: usesOf(made.value.uses),
                date: formatDay(made.value.expiresAt),
              })}
            />
          )}
          <ul class="rows" aria-label={text('invitations')}>
            {invitations.value.map((each) => (
              <OpenInvitation key={each.id} invitation={each} end={() => end(each.id)} />
            ))}
          </ul>
        </section>
      )}
      {report}
    </Dialog>
  );
}

interface MemberProps {
  member: TeamMember;
  isManager: boolean;
  isOwn: boolean;
  change(role: TeamRole): Promise<void>;
  remove(): Promise<void>;
}

/** A manager changes the roles of members, and removes them. */
function Member({ member, isManager, isOwn, change, remove }: MemberProps) {
  const { name = text('unnamed'), role, joinedAt } = member;
  const isBusy = useSignal(false);
  return (
    <Row
      face={<Mark>{initialOf(name)}</Mark>}
      name={isOwn ? text('youAre', { name }) : name}
      facts={text('since', { date: formatDay(joinedAt) })}
    >
      {isManager ? (
        <select
          aria-label={text('roleOf', { name })}
          value={role}
          disabled={isBusy.value}
          onChange={async ({ currentTarget }) => {
            isBusy.value = true;
            await change(roleOf(currentTarget.value));
            isBusy.value = false;
          }}
        >
          <Options options={roles} />
        </select>
      ) : (
        plain(role)
      )}
      {isManager && !isOwn && (
        <WorkButton words={text('remove')} label={text('removeMember', { name })} work={remove} />
      )}
    </Row>
  );
}

/** The choice for a new invitation: a role, and how many people may accept it. */
function InviteForm({ invite }: { invite(fields: FormData): Promise<unknown> }) {
  const { begin, isBusy } = useWork(({ target }) =>
    target instanceof HTMLFormElement ? invite(new FormData(target)) : Promise.resolve(),
  );
  return (
    <form class="inline" onSubmit={begin}>
      <Choice label={text('inviteRole')} name="role" options={roles} usual="editor" />
      <Choice label={text('inviteUses')} name="uses" options={USES} />
      <SubmitButton words={text('createLink')} isBusy={isBusy} class="" />
    </form>
  );
}

/** An open invitation, with a button that ends it. */
function OpenInvitation({ invitation, end }: { invitation: ListedInvitation; end(): Promise<void> }) {
  const { usesLeft, expiresAt } = invitation;
  const role = plain(invitation.role);
  const values = { uses: usesOf(usesLeft), date: formatDay(expiresAt) };
  return (
    <Row face={<Mark icon="share" />} name={role} facts={text('openInvitation', values)}>
      <WorkButton
        words={text('endInvitation')}
        label={text('endInvitationFor', { role, ...values })}
        work={end}
      />
    </Row>
  );
}
