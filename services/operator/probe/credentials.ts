import { formatPolicy, type Policy } from '@cloudfront-cookie-gateway/core/policy';
import type { SignedPolicy, Signer } from '@cloudfront-cookie-gateway/core/policy-signer';

/** A parameter of a signed URL. With `CloudFront-` in front it is a cookie. One name may come twice. */
export type Pair = [name: string, value: string];

/** The way in which a credential is sent. */
export const KINDS = ['cookies', 'query'] as const;
export type Kind = (typeof KINDS)[number];

/** Signs any policy, also one that the service would never sign. */
export async function signPolicy(signer: Signer, resource: string, condition?: object): Promise<Pair[]> {
  return pairsOf(await signer.sign(policyText(resource, condition)));
}

export function policyText(resource: string, condition: object = dates()): Policy {
  return formatPolicy({ Resource: resource, Condition: condition });
}

export function pairsOf({ policy, signature, keyPairId, hashAlgorithm }: SignedPolicy): Pair[] {
  return [
    ['Policy', policy],
    ['Signature', signature],
    ['Key-Pair-Id', keyPairId],
    ...(hashAlgorithm === undefined ? [] : [['Hash-Algorithm', hashAlgorithm] satisfies Pair]),
  ];
}

/** CloudFront's own base64. */
export function spelled(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

/** Valid from an hour ago, like the service's session starts, to a quarter of an hour from now. */
export function dates(): object {
  return {
    DateLessThan: { 'AWS:EpochTime': secondsFromNow(900) },
    DateGreaterThan: { 'AWS:EpochTime': secondsFromNow(-3_600) },
  };
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
export function shown(
  target: string,
  pairs: readonly Pair[],
  kind: Kind,
): { target: string; headers: { cookie?: string } } {
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

/** A bad value for each name. A credential with the bad value alone opens nothing. */
const BAD: Record<string, string> = {
  Policy: 'AAAA',
  Signature: 'AAAA',
  'Key-Pair-Id': 'KUNKNOWN',
  'Hash-Algorithm': 'MD5',
};

/**
 * Sends each name of a credential twice, with a good value and a bad one.
 * @param ask asks with two forms of the credential: one has the good value first, the other the bad value
 * @returns the answer, if all names have the same one; else the answer for each name. Undefined if one answer is
 * undefined
 */
export async function ofEachName(
  pairs: readonly Pair[],
  ask: (goodFirst: Pair[], badFirst: Pair[]) => Promise<string | undefined>,
): Promise<string | undefined> {
  const answers: [name: string, answer: string][] = [];
  for (const [name, value] of pairs) {
    const good: Pair = [name, value];
    const bad: Pair = [name, BAD[name] ?? 'AAAA'];
    const rest = without(pairs, name);
    const answer = await ask([...rest, good, bad], [...rest, bad, good]);
    if (answer === undefined) return undefined;
    answers.push([name, answer]);
  }
  const [first] = answers;
  if (answers.every(([, answer]) => answer === first?.[1])) return first?.[1];
  return answers.map(([name, answer]) => `${name} ${answer}`).join(', ');
}
