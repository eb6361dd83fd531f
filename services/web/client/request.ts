import { ApiError, callApi, isOver, type RequestApi } from './api.ts';
import type { SignedOutReason } from './types.ts';

/**
 * Requests as whoever is signed in.
 * @param onOver told where an answer says that the session has ended, or is another user's
 */
export function createRequest(
  userId: () => string | undefined,
  onOver: (reason: SignedOutReason) => void,
): RequestApi {
  return async <T>(...[method, path, body]: Parameters<RequestApi>): Promise<T> => {
    const asker = userId();
    // What was asked as one user says nothing about another one, who may have come meanwhile, or about nobody.
    const isStale = () => userId() !== asker;
    const answer = await callApi<T>(method, path, body, asker).catch((error: unknown) => {
      if (!isStale() && isOver(error)) onOver(error.code === 'account_changed' ? 'account-changed' : 'ended');
      throw error;
    });
    if (isStale()) throw new ApiError(401, 'no_session');
    return answer;
  };
}
