import type { SignedIn } from './api.ts';
import type { ListedSession, Sessions, Teams } from './types.ts';

/** The sessions and the teams of the signed-in user. */
export function createAccount(request: SignedIn['request']): { sessions: Sessions; teams: Teams } {
  return {
    sessions: {
      list: async (options) =>
        (await request<{ sessions: ListedSession[] }>('GET', '/api/sessions', options)).sessions,
      revoke: (id, options) => request('DELETE', `/api/sessions/${id}`, options),
    },
    teams: {
      list: (options) => request('GET', '/api/teams', options),
      make: (name, options) => request('POST', '/api/teams', { name, ...options }),
      accept: (secret, options) => request('POST', '/api/invitations/accept', { secret, ...options }),
    },
  };
}
