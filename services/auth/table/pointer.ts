import { createHash } from 'node:crypto';

/** 132 bits of SHA-256. Nobody finds two values with the same hash, and a record has room for a hundred hashes. */
const HASH_LENGTH = 22;

/**
 * The provider's name for a session (`sid`), for a person (`sub`), or for those sessions of a person that came without
 * a `sid`. The name is hashed together with its issuer.
 */
export interface Pointer {
  kind: 'sid' | 'sub' | 'sub-without-sid';
  hash: string;
}

/** A session at the provider (`sid` of its ID and logout tokens). */
export function sidPointer(issuer: string, sid: string): Pointer {
  return { kind: 'sid', hash: hashOf(issuer, sid) };
}

/** A person at the provider (`sub`). */
export function subPointer(issuer: string, subject: string): Pointer {
  return { kind: 'sub', hash: hashOf(issuer, subject) };
}

/** The sessions of a person whose ID token had no `sid`. */
export function withoutSidPointer(issuer: string, subject: string): Pointer {
  return { kind: 'sub-without-sid', hash: hashOf(issuer, subject) };
}

function hashOf(issuer: string, value: string): string {
  return createHash('sha256').update(`${issuer}\0${value}`).digest('base64url').slice(0, HASH_LENGTH);
}
