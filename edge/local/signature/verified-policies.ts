import type { KeyObject } from 'node:crypto';
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
  const kept = new Map<string, { signed: Signed; policy: Policy }>();
  let bytes = 0;
  let lastUsed: unknown;

  const sizeOf = (rawSignature: string, { text }: Signed) =>
    // The policy holds a second copy of its Resource.
    rawSignature.length + 2 * text.length + OVERHEAD_BYTES;

  function remove(rawSignature: string): void {
    const entry = kept.get(rawSignature);
    if (!entry) return;
    kept.delete(rawSignature);
    bytes -= sizeOf(rawSignature, entry.signed);
  }

  return {
    get(rawSignature, { key, hash, kind, text }) {
      const entry = kept.get(rawSignature);
      if (!entry) return undefined;
      const { signed, policy } = entry;
      if (signed.text !== text || signed.key !== key || signed.hash !== hash || signed.kind !== kind)
        return undefined;
      if (entry !== lastUsed) {
        kept.delete(rawSignature);
        kept.set(rawSignature, entry);
        lastUsed = entry;
      }
      return policy;
    },
    set(rawSignature, signed, policy) {
      remove(rawSignature);
      const entry = { signed: { ...signed, text: copyOf(signed.text) }, policy };
      kept.set(copyOf(rawSignature), entry);
      lastUsed = entry;
      bytes += sizeOf(rawSignature, signed);
      for (const oldest of kept.keys()) {
        if (kept.size <= max.count && bytes <= max.bytes) break;
        remove(oldest);
      }
    },
  };
}

/** A part of a header keeps the whole header in memory. A copy does not. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
