import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Sealer } from '../provider/sealer.ts';
import { hashToken, isIssued, issueToken, parseToken } from './secret-token.ts';
import type { SessionDeps } from './session-deps.ts';

/** The one-time address that leads to the provider lives as long as a browser needs to follow it. */
const TICKET_SECONDS = 60;

/** The tokens that the provider gave for a session. */
export interface ProviderTokens {
  idToken: string;
  refreshToken?: string | undefined;
}

export type TicketDeps = Pick<SessionDeps, 'tokens' | 'tokenMac' | 'clock'>;

export function sealTokens({ sealer }: { sealer: Sealer }, tokens: ProviderTokens): Promise<string> {
  return sealer.seal(tokens);
}

/** Undefined if there are no tokens, or another secret has sealed them. */
export async function openTokens(
  { sealer }: { sealer: Sealer },
  sealed: string | undefined,
): Promise<ProviderTokens | undefined> {
  const opened = sealed === undefined ? undefined : await sealer.open(sealed);
  if (typeof opened !== 'object' || opened === null || !('idToken' in opened)) return undefined;
  const { idToken } = opened;
  const refreshToken = 'refreshToken' in opened ? opened.refreshToken : undefined;
  if (typeof idToken !== 'string') return undefined;
  return { idToken, ...(typeof refreshToken === 'string' ? { refreshToken } : {}) };
}

/** The tokens open nothing here. If this fails, the table forgets them when the session would have expired. */
export async function dropTokens({ tokens }: Pick<SessionDeps, 'tokens'>, sessionId: string): Promise<void> {
  await tokens.delete(sessionId).catch(() => {});
}

/**
 * Reads what a ticket is made of, while the session's record is written: a person waits for both.
 * @returns makes the ticket, once the session has ended. If this fails, only the way on to the provider is lost
 */
export function prepareTicket(deps: TicketDeps, sessionId: string): () => Promise<string | undefined> {
  const { token, hash } = issueToken(deps.tokenMac, 'ticket', sessionId);
  const ahead = deps.tokens.readAhead(sessionId).catch(() => undefined);
  return async () => {
    const ticket = { ticketHash: hash, expiresAtEpoch: nowEpoch(deps) + TICKET_SECONDS };
    const isMade = await deps.tokens.turnIntoTicket(sessionId, ticket, await ahead).catch(() => false);
    return isMade ? token : undefined;
  };
}

/**
 * Gives the ID token of an ended session to the first caller with its ticket, within a minute.
 * @throws GatewayError bad_request, without a look into the store, for a ticket that was never issued
 */
export async function takeTicket(
  deps: TicketDeps & Pick<SessionDeps, 'sealer'>,
  ticket: string,
): Promise<string | undefined> {
  const token = parseToken(ticket);
  if (!token || !isIssued(deps.tokenMac, 'ticket', token)) throw new GatewayError('bad_request');
  const sealed = await deps.tokens.take(token.name, hashToken(token.secret), nowEpoch(deps));
  return (await openTokens(deps, sealed))?.idToken;
}
