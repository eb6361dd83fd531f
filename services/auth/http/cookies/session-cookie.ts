import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseSessionToken, SESSION_LIFETIME_SECONDS, type SessionToken } from '../../domain/session.ts';
import { HOST_COOKIE } from './host-cookie.ts';

const NAME = '__Host-session';

export function readSessionCookie(request: FastifyRequest): SessionToken | undefined {
  return parseSessionToken(rawSessionCookie(request));
}

export function rawSessionCookie(request: FastifyRequest): string | undefined {
  return request.cookies[NAME];
}

export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(NAME, token, { ...HOST_COOKIE, maxAge: SESSION_LIFETIME_SECONDS });
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(NAME, HOST_COOKIE);
}
