import type { Policy } from '../../../core/policy.ts';
import type { Signer } from '../../../core/signed-policy.ts';

/** A parameter of a signed URL. With `CloudFront-` in front it is a cookie. One name may come twice. */
export type Pair = [name: string, value: string];

/** The way in which a credential is sent. */
export const KINDS = ['cookies', 'query'] as const;
export type Kind = (typeof KINDS)[number];

/** Signs any policy, also one that the service would never sign. */
export async function signPolicy(signer: Signer, resource: string, condition: object): Promise<Pair[]> {
  const text = JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
  const { policy, signature, keyPairId, hashAlgorithm } = await signer.sign(parsePolicyText(text));
  return [
    ['Policy', policy],
    ['Signature', signature],
    ['Key-Pair-Id', keyPairId],
    ...(hashAlgorithm === undefined ? [] : [['Hash-Algorithm', hashAlgorithm] satisfies Pair]),
  ];
}

function parsePolicyText(text: string): Policy {
  return text as Policy;
}

export function replaced(pairs: readonly Pair[], name: string, value: string): Pair[] {
  return [...without(pairs, name), [name, value]];
}

export function without(pairs: readonly Pair[], name: string): Pair[] {
  return pairs.filter(([one]) => one !== name);
}

/** A signature that can be decoded, but that no key has made. */
export function withBadSignature(pairs: readonly Pair[]): Pair[] {
  return pairs.map(([name, value]) => [name, name === 'Signature' ? 'AAAA' : value]);
}

/** A request with a credential, in cookies or in the query. */
export function shown(target: string, pairs: readonly Pair[], kind: Kind) {
  if (kind === 'query') {
    const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
    return { target: `${target}${target.includes('?') ? '&' : '?'}${query}`, headers: {} };
  }
  return {
    target,
    headers: { cookie: pairs.map(([name, value]) => `CloudFront-${name}=${value}`).join('; ') },
  };
}

export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}
