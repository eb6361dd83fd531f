/** Sends a request to the app host as the user of the session; the caller says what is answered there. Throws ApiError. */
export type RequestApi = <T>(method: Method, path: string, body?: object) => Promise<T>;

export type Method = 'GET' | 'POST' | 'DELETE';

/** `status` is 0 and `code` is `network` where no answer arrived; else `code` is the answer's own (RFC 9457), or `unreadable`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, cause?: unknown) {
    super(`${code} (${status})`, { cause });
    this.status = status;
    this.code = code;
  }
}

const TIMEOUT_MS = 15_000;

/**
 * One exchange of JSON with the app host. `userId` goes along as `Gateway-User`, so that the host refuses to act
 * (409 `account_changed`) where somebody else has signed in meanwhile.
 * @throws ApiError for every answer that is not 2xx, and where none arrives within 15 seconds
 */
export async function callApi<T>(
  method: Method,
  path: string,
  body: object | undefined,
  userId: string | undefined,
): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (userId !== undefined) headers['gateway-user'] = userId;
  const init: RequestInit = { method, headers, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (method === 'POST') {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(body ?? {});
  }
  const response = await fetch(path, init).catch(lose);
  const answer = parseAnswer<T>(await response.text().catch(lose));
  if (response.ok && answer) return answer;
  throw new ApiError(response.status, answer?.code ?? 'unreadable');
}

function lose(cause: unknown): never {
  throw new ApiError(0, 'network', cause);
}

/** undefined where it is no JSON; an empty one is an answer too. */
function parseAnswer<T>(text: string): (T & { code?: string }) | undefined {
  try {
    return JSON.parse(text || '{}') as T & { code?: string };
  } catch {
    return undefined;
  }
}

/** Whether an answer says that the session has ended, or that it is another user's. */
export function isOver(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 401 || error.code === 'account_changed');
}
