export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** Sends a request to the app host as the user that the page shows; throws ApiError. */
export type RequestApi = (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>;

/** `code` is the one of the answer (RFC 9457), or `network` where none arrived, or `unreadable`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number;

  constructor(status: number, code: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(`${code} (${status})`, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 0;
  }
}

const TIMEOUT_MS = 15_000;

/**
 * One exchange of JSON with the app host. `userId` goes along as `Gateway-User`, so that the host refuses to act
 * (409 `account_changed`) where somebody else has signed in meanwhile.
 * @throws ApiError for every answer that is not 2xx, and where none arrives within 15 seconds
 */
export async function callApi(
  fetch: Fetch,
  method: 'GET' | 'POST',
  path: string,
  options: { userId?: string | undefined; body?: object | undefined } = {},
): Promise<unknown> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.userId !== undefined) headers['gateway-user'] = options.userId;
  const init: RequestInit = { method, headers, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (method === 'POST') {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(options.body ?? {});
  }
  const { response, text } = await exchange(fetch, path, init);
  const answer = parseJson(text);
  if (response.ok && answer !== undefined) return answer;
  throw new ApiError(response.status, codeOf(answer), {
    retryAfterSeconds: Number(response.headers.get('retry-after')) || 0,
  });
}

async function exchange(fetch: Fetch, path: string, init: RequestInit) {
  try {
    const response = await fetch(path, init);
    return { response, text: await response.text() };
  } catch (cause) {
    throw new ApiError(0, 'network', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(answer: unknown): string {
  if (typeof answer === 'object' && answer !== null && 'code' in answer && typeof answer.code === 'string') {
    return answer.code;
  }
  return 'unreadable';
}
