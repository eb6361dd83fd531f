import { ApiError } from './api-error.ts';
import type { RequestApi, SignedOutReason } from './types.ts';

/** A user in a folder, and a function that sends requests as this user only. Paths begin after the folder's own. */
export interface Asker {
  /** Names the user and the folder. */
  id: string;
  ask: RequestApi;
  /** True if the folder takes no thumbnails from this user. */
  isGuest?: true;
}

/**
 * Exchanges JSON with the app host as the signed-in user. The header `Gateway-User` has the user's id. The host refuses
 * to act (409 `account_changed`) if somebody else has signed in meanwhile. An answer must arrive within 15 seconds.
 * @param onOver called if an answer says that the session has ended, or is another user's
 */
export function createRequest(
  userId: () => string | undefined,
  onOver: (reason: SignedOutReason) => void,
): RequestApi {
  const TIMEOUT_MS = 15_000;
  return async (method, path, body) => {
    const asker = userId();
    const type = 'application/json';
    const response = await fetch(path, {
      method,
      headers: { accept: type, ...(asker && { 'gateway-user': asker }) },
      body: body ? new Blob([JSON.stringify(body)], { type }) : null,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(lose);
    const { ok, status } = response;
    const answer = status === 204 ? undefined : await response.json().catch(lose);
    // An answer counts only for the user who asked. Another user, or nobody, may be signed in by now.
    if (userId() !== asker) throw nobody();
    if (ok) return answer;
    const error = new ApiError(status, answer.code, answer);
    if (isOver(error)) onOver(status === 401 ? 'ended' : 'account_changed');
    throw error;
  };
}

/** The error of a request while nobody is signed in. */
export function nobody(): ApiError {
  return new ApiError(401, 'no_session');
}

export function lose(cause: unknown): never {
  throw new ApiError(0, 'network', { cause });
}

/** Whether an answer says that the session has ended, or that it is another user's. */
export function isOver(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.code === 'account_changed');
}
