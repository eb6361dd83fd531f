import type { KeyObject } from 'node:crypto';
import { createRecentlyUsed } from '../recently-used.ts';
import type { Policy } from './policy-statement.ts';

/** The things that a signature was verified with. With another key, hash or text the signature says nothing. */
export interface Signed {
  key: KeyObject;
  hash: string;
  kind: 'custom' | 'canned';
  /** The policy as it came, or the canned policy that was made. */
  text: string;
}

/** Policies with a good signature, by that signature. The least recently used policy goes first. */
export interface VerifiedPolicies {
  get(rawSignature: string, signed: Signed): Policy | undefined;
  set(rawSignature: string, signed: Signed, policy: Policy): void;
}

/** A rough size of an entry besides its texts, in bytes. */
const OVERHEAD_BYTES = 512;

export function createVerifiedPolicies(max: { count: number; bytes: number }): VerifiedPolicies {
  const kept = createRecentlyUsed<{ signed: Signed; policy: Policy }>(max);
  return {
    get(rawSignature, { key, hash, kind, text }) {
      const { signed, policy } = kept.get(rawSignature) ?? {};
      if (!signed || signed.text !== text || signed.key !== key) return undefined;
      return signed.hash === hash && signed.kind === kind ? policy : undefined;
    },
    set(rawSignature, signed, policy) {
      const entry = { signed: { ...signed, text: copyOf(signed.text) }, policy };
      // The policy holds a second copy of its Resource.
      const bytes = rawSignature.length + 2 * signed.text.length + OVERHEAD_BYTES;
      kept.set(copyOf(rawSignature), entry, bytes);
    },
  };
}

/** A part of a header keeps the whole header in memory. A copy does not. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
