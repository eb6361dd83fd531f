import { ApiError } from './api-error.ts';
import type { Device } from './device.ts';
import type { Method, RequestApi, Session, SignedOutReason, Stoppable } from './types.ts';

/** As `JSON.parse` gives it. */
export type Json = ReturnType<typeof JSON.parse>;

/** A user in a folder, and a function that sends requests as this user only. Paths begin after the folder's own. */
export interface Asker extends Device {
  /** Names the user and the folder. */
  id: string;
  ask: RequestApi;
}

/** Sends requests as the user who is signed in. */
export interface SignedIn {
  /** @throws ApiError if nobody is signed in, or somebody else than `userId` */
  request<T>(method: Method, path: string, body?: object, userId?: string): Promise<T>;
  signedIn(): Promise<Pick<Session, 'user'>>;
}

/**
 * Exchanges JSON with the app host as the signed-in user. The header `Gateway-User` has the user's id. The host refuses
 * to act (409 `account_changed`) if somebody else has signed in meanwhile. An answer must arrive within 15 seconds.
 * @param onOver called if an answer says that the session has ended, or is another user's
 * @param send sends the request to the app host. By default, that is the host of the page.
 */
export function createRequest(
  userId: () => string | undefined,
  onOver: (reason: SignedOutReason) => void,
  send: typeof fetch = (...asked) => fetch(...asked),
): RequestApi {
  const TIMEOUT_MS = 15_000;
  return async (method, path, body = {}) => {
    const asker = userId();
    const { signal, ...sent }: Stoppable = body;
    const unlessAborted = (cause: unknown) => {
      signal?.throwIfAborted();
      return lose(cause);
    };
    const type = 'application/json';
    const response = await send(path, {
      method,
      headers: { accept: type, ...(asker && { 'gateway-user': asker }) },
      body: Object.keys(sent).length > 0 ? new Blob([JSON.stringify(sent)], { type }) : null,
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    }).catch(unlessAborted);
    const { ok, status } = response;
    const answer: Json =
      status === 204
        ? undefined
        : // An app with a login of its own may say nothing else.
          await response.json().catch(status === 401 ? nobody : unlessAborted);
    // An answer counts only for the user who asked. Another user, or nobody, may be signed in by now.
    if (userId() !== asker) throw nobody();
    if (ok) return answer;
    const error = new ApiError(status, answer.code, answer);
    if (isOver(error)) onOver(status === 401 ? 'ended' : 'account_changed');
    throw error;
  };
}

/** The same requests, which end with a signal. */
export function stoppable(ask: RequestApi, signal: AbortSignal): RequestApi {
  return (method, path, body) => ask(method, path, { signal, ...body });
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
