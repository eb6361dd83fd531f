import { ApiError } from '@cloudfront-cookie-gateway/client/native';
import { ClientError, ResponseBodyError } from 'openid-client';

/** The call is wrong. The message says how it should be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** This command does not do what was asked, since it could do harm. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** There is no session, and none can begin without the person. */
export class NotSignedInError extends Error {
  override readonly name = 'NotSignedInError';

  constructor(options?: ErrorOptions) {
    super('nobody is signed in: cookie-gateway login', options);
  }
}

/** The network or a server failed. The same command may work later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 0 || error.status === 429 || error.status >= 500;
  // `fetch` throws a TypeError for a lost connection, also within a body.
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated');
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 1;
  if (error instanceof NotSignedInError || (error instanceof ApiError && error.status === 401)) return 3;
  return isPassing(error) || (error instanceof ClientError && isPassing(error.cause)) ? 4 : 2;
}

/** @returns what a person, and a program, is told of an error */
export function messageOf(error: unknown): { code: string; message: string } {
  if (error instanceof ApiError) return { code: error.code, message: withCode(error.message, error.code) };
  if (error instanceof ResponseBodyError) {
    const { error: code, error_description: message = code } = error;
    return { code, message: `the identity provider refuses: ${withCode(message, code)}` };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { code: name, message };
}

function withCode(message: string, code: string): string {
  return message === code ? code : `${message} (${code})`;
}
