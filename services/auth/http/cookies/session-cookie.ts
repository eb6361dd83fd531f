import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from '../../../../core/cookies.ts';
import { SESSION_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import { parseSessionToken, type SessionToken } from '../../domain/session.ts';
import { HOST_COOKIE } from './host-cookie.ts';

export function readSessionCookie(request: FastifyRequest): SessionToken | undefined {
  return parseSessionToken(rawSessionCookie(request));
}

export function rawSessionCookie(request: FastifyRequest): string | undefined {
  return request.cookies[SESSION_COOKIE];
}

export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, { ...HOST_COOKIE, maxAge: SESSION_LIFETIME_SECONDS });
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, HOST_COOKIE);
}
