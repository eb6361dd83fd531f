import type { AuthorizationRequest } from './ports.ts';

/** The most logins that one browser may have under way. Abandoned logins must not fill its cookie jar. */
export const MAX_LOGINS = 5;

/** The data that a browser carries from the authorization request to the callback. The data is sealed. */
export interface LoginTransaction extends AuthorizationRequest {
  returnTo: string;
  expiresAtEpoch: number;
}

/** The login transaction that was sealed. Undefined for anything else. */
export function toTransaction(opened: unknown): LoginTransaction | undefined {
  const isTransaction = typeof opened === 'object' && opened !== null && 'codeVerifier' in opened;
  return isTransaction ? (opened as LoginTransaction) : undefined;
}

/**
 * The names of the cookies to drop, oldest first, so that one more fits. A cookie that cannot be opened is dropped
 * first.
 */
export function loginsToDrop(
  logins: { cookieName: string; transaction?: LoginTransaction | undefined }[],
): string[] {
  return logins
    .toSorted((a, b) => (a.transaction?.expiresAtEpoch ?? 0) - (b.transaction?.expiresAtEpoch ?? 0))
    .slice(0, Math.max(0, logins.length - MAX_LOGINS + 1))
    .map(({ cookieName }) => cookieName);
}
