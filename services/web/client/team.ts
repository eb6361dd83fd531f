import type { SignedIn } from './api.ts';
import { ApiError } from './api-error.ts';
import type { Device } from './device.ts';
import { createFolder } from './folder.ts';
import { unlessAborted } from './send.ts';
import type { ListedFolderLink, ListedInvitation, RequestApi, Session, Stoppable, Team } from './types.ts';

/** What a team needs of the user who is signed in. */
interface TeamUser extends SignedIn {
  /** Opens the folder of the team. */
  session(team: string): Promise<Session | null>;
  /** Runs a request for a team, and takes in what its answer tells of the membership. */
  inTeam<T>(id: string, run: () => Promise<T>): Promise<T>;
  /** The user is no member any more. */
  leave(id: string): void;
}

/** One team, and its folder. The folder is open before the first request for its files or shares. */
export function createTeam(user: TeamUser, device: Device, id: string): Team {
  const { inTeam, leave, request, session, signedIn } = user;
  const base = `/api/teams/${id}`;

  /** The ids of a team, and of what is in it, may come from an address. With dots, they would lead to another path. */
  async function checked<T>(run: () => Promise<T>): Promise<T> {
    if (!/^[a-z2-7]{26}$/.test(id)) throw new ApiError(404, 'no_such_team');
    return inTeam(id, run);
  }

  const ask: RequestApi = async (method, path, body) => {
    if (/[^\w/-]/.test(path)) throw new ApiError(404, 'not_found');
    return checked(() => request(method, base + path, body));
  };
  const end = async (path: string, options?: Stoppable) => {
    await ask('DELETE', path, options);
    leave(id);
  };
  const open = (options?: Stoppable) =>
    unlessAborted(
      checked(() => session(id)),
      options?.signal,
    );

  return {
    id,
    session: open,
    ...createFolder(
      {
        signedIn,
        request: async (...question) => {
          await open(question[2]);
          return checked(() => request(...question));
        },
      },
      device,
      base,
    ),
    read: (options) => ask('GET', '', options),
    rename: (name, options) => ask('PATCH', '', { name, ...options }),
    delete: (options) => end('', options),
    leave: async (options) => end(`/members/${(await signedIn()).user.id}`, options),
    members: {
      changeRole: (userId, role, options) => ask('PATCH', `/members/${userId}`, { role, ...options }),
      remove: (userId, options) => ask('DELETE', `/members/${userId}`, options),
    },
    invitations: {
      list: async (options) =>
        (await ask<{ invitations: ListedInvitation[] }>('GET', '/invitations', options)).invitations,
      make: (options) => ask('POST', '/invitations', options),
      revoke: (invitation, options) => ask('DELETE', `/invitations/${invitation}`, options),
    },
    links: {
      list: async (options) => (await ask<{ links: ListedFolderLink[] }>('GET', '/links', options)).links,
      create: (options) => ask('POST', '/links', options),
      change: (link, options) => ask('PATCH', `/links/${link}`, options),
      end: (link, options) => ask('DELETE', `/links/${link}`, options),
    },
  };
}
