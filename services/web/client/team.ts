import { ApiError } from './api-error.ts';
import { createFolder } from './folder.ts';
import type { Renewal } from './renewal.ts';
import type { ListedFolderLink, ListedInvitation, RequestApi, Team, Teams } from './types.ts';

/** The teams of the signed-in user. */
export function createTeams({ request }: Pick<Renewal, 'request'>): Teams {
  return {
    list: () => request('GET', '/api/teams'),
    make: (name) => request('POST', '/api/teams', { name }),
    accept: (secret) => request('POST', '/api/invitations/accept', { secret }),
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
  const end = async (path: string) => {
    await ask('DELETE', path);
    leave(id);
  };
  const open = () => checked(() => session(id));

  return {
    id,
    session: open,
    ...createFolder(
      {
        signedIn,
        request: async (...question) => {
          await open();
          return checked(() => request(...question));
        },
      },
      base,
    ),
    read: () => ask('GET', ''),
    rename: (name) => ask('PATCH', '', { name }),
    delete: () => end(''),
    leave: async () => end(`/members/${(await signedIn()).user.id}`),
    members: {
      changeRole: (userId, role) => ask('PATCH', `/members/${userId}`, { role }),
      remove: (userId) => ask('DELETE', `/members/${userId}`),
    },
    invitations: {
      list: async () => (await ask<{ invitations: ListedInvitation[] }>('GET', '/invitations')).invitations,
      make: (options) => ask('POST', '/invitations', options),
      revoke: (invitation) => ask('DELETE', `/invitations/${invitation}`),
    },
    links: {
      list: async () => (await ask<{ links: ListedFolderLink[] }>('GET', '/links')).links,
      create: (options) => ask('POST', '/links', options),
      change: (link, options) => ask('PATCH', `/links/${link}`, options),
      end: (link) => ask('DELETE', `/links/${link}`),
    },
  };
}
