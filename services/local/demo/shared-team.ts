import { type Person, type Service, signInAs } from './people.ts';
import { listOf, textOf } from './record.ts';

const NAME = 'Alice & Bob';

/** Alice and Bob have a team afterwards, as two people would have made it. Calling it again changes nothing. */
export async function makeSharedTeam(service: Service): Promise<void> {
  const alice = await signInAs(service, 'alice');
  const bob = await signInAs(service, 'bob');
  try {
    const made = (await teamsOf(alice)).find(({ name, role }) => name === NAME && role === 'manager');
    const id = textOf((made ?? (await alice.ask('POST', '/api/teams', { name: NAME })))['id']);
    const isMember = (await teamsOf(bob)).some((team) => team['id'] === id);
    if (!isMember) await invite(alice, bob, id);
  } finally {
    await Promise.all([alice.signOut(), bob.signOut()]);
  }
}

async function teamsOf(person: Person): Promise<Record<string, unknown>[]> {
  return listOf((await person.ask('GET', '/api/teams'))['teams']);
}

/** A manager invites somebody to be an editor, who accepts. */
export async function invite(manager: Person, guest: Person, teamId: string): Promise<void> {
  const { url } = await manager.ask('POST', `/api/teams/${teamId}/invitations`, { role: 'editor' });
  const [, secret = ''] = textOf(url).split('#join=');
  await guest.ask('POST', '/api/invitations/accept', { secret });
}
