import { createHash, randomBytes } from 'node:crypto';
import { type TeamId, toTeamId } from '@cloudfront-cookie-gateway/core/owner';

/** The kind is part of the MAC, so that no token passes as one of another kind. */
type Kind = 'session' | 'bearer' | 'ticket' | 'folder' | 'link' | 'share';

/**
 * The MAC of a text under a key that only this service has. So this service knows its own tokens without a look into a
 * store.
 */
export interface TokenMac {
  of(text: string): string;
  holds(text: string, mac: string): boolean;
}

/** 126 random bits and the MAC of 128 bits, both in base64url: 43 characters. */
const RANDOM_LENGTH = 21;
const SECRET = /^([A-Za-z0-9_-]{21})([A-Za-z0-9_-]{22})$/;

/** A token that names what it opens: `<name>.<secret>`. */
interface IssuedToken {
  name: string;
  secret: string;
}

/** A random value of 256 bits, and its SHA-256. */
export function newSecretToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

/** What invites to a team, or opens a link to its folder: `<team>.<token>`. One read of the team finds out which. */
export function newTeamSecret(teamId: TeamId): { secret: string; hash: string } {
  const { token, hash } = newSecretToken();
  return { secret: `${teamId}.${token}`, hash };
}

/** Undefined for a text that is no such secret by its form. */
export function parseTeamSecret(rawSecret: string): { teamId: TeamId; hash: string } | undefined {
  const token = parseToken(rawSecret);
  const teamId = token && toTeamId(token.name);
  return teamId && { teamId, hash: hashToken(token.secret) };
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * A new token. Its secret ends in a MAC over kind, name and random part. So a token that this service never issued is
 * refused without a look into a store. Otherwise strangers could have items of their choice read.
 * @returns `hash` is the SHA-256 of the secret. The store keeps only the hash
 */
export function issueToken(
  mac: TokenMac,
  kind: Kind,
  name: string,
  random = newRandom(),
): { token: string; hash: string } {
  const secret = random + mac.of(authenticated(kind, name, random));
  return { token: `${name}.${secret}`, hash: hashToken(secret) };
}

/** The random part of a token. Whoever has it, but not the MAC's key, cannot make the token. */
export function newRandom(): string {
  return randomBytes(16).toString('base64url').slice(0, RANDOM_LENGTH);
}

/** Undefined for a text that is no token by its form. Its secret is not checked. */
export function parseToken(rawToken: string): IssuedToken | undefined {
  const [, name, secret] = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,128})$/.exec(rawToken) ?? [];
  return name && secret ? { name, secret } : undefined;
}

/** Whether this service issued the token. */
export function isIssued(mac: TokenMac, kind: Kind, { name, secret }: IssuedToken): boolean {
  const [, random, code] = SECRET.exec(secret) ?? [];
  return random !== undefined && code !== undefined && mac.holds(authenticated(kind, name, random), code);
}

/** A token without a random part. It is the same each time it is made, so no store has to keep it. */
export function namedToken(mac: TokenMac, kind: Kind, name: string): string {
  return `${name}.${mac.of(authenticated(kind, name, ''))}`;
}

/** The name in such a token. Undefined for a text that this service never made. */
export function nameIn(mac: TokenMac, kind: Kind, rawToken: string): string | undefined {
  const at = rawToken.lastIndexOf('.');
  const name = rawToken.slice(0, Math.max(at, 0));
  return mac.holds(authenticated(kind, name, ''), rawToken.slice(at + 1)) ? name : undefined;
}

/** Neither names nor random parts hold a NUL. */
function authenticated(kind: Kind, name: string, random: string): string {
  return `${kind}\0${name}\0${random}`;
}
