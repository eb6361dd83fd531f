import { ApiError } from './api-error.ts';
import { createFolder } from './folder.ts';
import type { Renewal } from './renewal.ts';
import { unlessAborted } from './send.ts';
import type { ListedFolderLink, ListedInvitation, RequestApi, Stoppable, Team, Teams } from './types.ts';

/** The teams of the signed-in user. */
export function createTeams({ request }: Pick<Renewal, 'request'>): Teams {
  return {
    list: (options) => request('GET', '/api/teams', options),
    make: (name, options) => request('POST', '/api/teams', { name, ...options }),
    accept: (secret, options) => request('POST', '/api/invitations/accept', { secret, ...options }),
  };
}

/** One team, and its folder. The folder is open before the first request for its files or shares. */
export function createTeam({ inTeam, leave, request, session, signedIn }: Renewal, id: string): Team {
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
