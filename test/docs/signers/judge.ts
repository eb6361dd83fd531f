import { createPublicKey, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CookieVector, VectorKey, Vectors } from '../../../services/vectors/vectors.ts';

/** A call of a signer: `id`, `start`, `set`, `clear` or `session`, with its arguments. */
export type Call = [name: string, ...args: (string | number | null)[]];

/** Runs calls with one key. @returns each answer, or undefined for a refusal */
export type Run = (
  hosts: { filesOrigin: string; cookieDomain: string },
  key: VectorKey,
  calls: Call[],
) => (string | undefined)[];

interface Case {
  call: Call;
  /** What is wrong with the answer, or undefined. */
  fault(answer: string | undefined): string | undefined;
}

/** @returns how many answers agree with the vectors, and what is wrong with the others */
export function judge(vectors: Vectors, run: Run): { right: number; faults: string[] } {
  const faults: string[] = [];
  let right = 0;
  for (const key of vectors.keys) {
    const cases = casesOf(vectors, key);
    const answers = run(
      vectors,
      key,
      cases.map(({ call }) => call),
    );
    for (const [index, { call, fault }] of cases.entries()) {
      const found = fault(answers[index]);
      if (found === undefined) right++;
      else faults.push(`${key.type} ${call.join(' ')}: ${found}`.slice(0, 2_000));
    }
  }
  return { right, faults };
}

function casesOf(vectors: Vectors, key: VectorKey): Case[] {
  return [
    ...vectors.ids.map(({ issuer, subject, id }) => exactly(['id', issuer, subject], id)),
    ...vectors.starts.map(({ previous, now, start }) =>
      exactly(['start', previous, now], start === null ? '' : `${start}`),
    ),
    ...vectors.cookies
      .filter(({ keyPairId }) => keyPairId === key.keyPairId)
      .flatMap((vector): Case[] => [
        {
          call: ['set', vector.id, vector.start, vector.expiresAt],
          fault: (answer) => cookieFault(vector, key, answer),
        },
        exactly(['clear', vector.id], vector.cleared.join('\n')),
        {
          call: ['session', vector.id, vector.issuedAt, vector.expiresAt],
          fault: (answer) => (isDeepStrictEqual(parsed(answer), vector.session) ? undefined : `${answer}`),
        },
      ]),
    ...vectors.refusals.map(
      (refusal): Case => ({
        call:
          'issuer' in refusal
            ? ['id', refusal.issuer, refusal.subject]
            : ['set', refusal.id, refusal.start, refusal.expiresAt],
        fault: (answer) => (answer === undefined ? undefined : `must be refused (${refusal.why}): ${answer}`),
      }),
    ),
  ];
}

function exactly(call: Call, wanted: string): Case {
  return { call, fault: (answer) => (answer === wanted ? undefined : `${answer}, not ${wanted}`) };
}

function parsed(answer = 'null'): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}

const SIGNATURE = /^CloudFront-Signature=([^;]*)/m;

/** A signature of an EC key differs each time, so it is verified. The rest must be equal. */
function cookieFault(vector: CookieVector, key: VectorKey, answer = 'refused'): string | undefined {
  const wanted = vector.setCookie.join('\n');
  if (key.type === 'RSA') return answer === wanted ? undefined : `${answer}, not ${wanted}`;
  const [, signature = ''] = SIGNATURE.exec(answer) ?? [];
  const bytes = Buffer.from(
    signature.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='),
    'base64',
  );
  const isSigned = verify('sha256', Buffer.from(vector.policy), createPublicKey(key.publicKey), bytes);
  if (!/^[A-Za-z0-9~-]+_*$/.test(signature) || !isSigned) return `the signature is wrong: ${answer}`;
  const rest = (text: string) => text.replace(SIGNATURE, '');
  return rest(answer) === rest(wanted) ? undefined : `${answer}, not ${wanted}`;
}
