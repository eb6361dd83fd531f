import type { SignedOutReason } from './types.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

/** Sends a request to the app host as the user of the session; the caller says what is answered there. Throws ApiError. */
export type RequestApi = <T>(method: Method, path: string, body?: object) => Promise<T>;

/** What is known of an error beside its code. */
interface Details {
  detail?: string;
  cause?: unknown;
  size?: number;
  lastModified?: string | null;
}

/**
 * `status` is 0 and `code` is `network` where no answer of the app host or S3 arrived; else `code` is the answer's own, and
 * `message` its `detail` (RFC 9457). Of `file_exists`, `size` (bytes) and `lastModified` (for `new Date`) are those of the
 * file that is there, where they are known.
 */
export class ApiError extends Error {
  declare readonly status: number;
  declare readonly code: string;
  declare readonly size?: number;
  declare readonly lastModified?: string;

  constructor(status: number, code: string, { detail, cause, size, lastModified }: Details = {}) {
    super(detail ?? code, { cause });
    Object.assign(this, { status, code, size, lastModified });
  }
}

/**
 * Exchanges JSON with the app host as whoever is signed in. The user's id goes along as `Gateway-User`, so that the host
 * refuses to act (409 `account_changed`) where somebody else has signed in meanwhile. An answer within 15 seconds counts.
 * @param onOver told where an answer says that the session has ended, or is another user's
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
    // What was asked as one user says nothing about another one, who may have come meanwhile, or about nobody.
    if (userId() !== asker) throw nobody();
    if (ok) return answer;
    const error = new ApiError(status, answer.code, answer);
    if (isOver(error)) onOver(status === 401 ? 'ended' : 'account_changed');
    throw error;
  };
}

/** Nobody is signed in. */
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
