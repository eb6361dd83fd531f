import { randomBytes } from 'node:crypto';
import { inWords } from '../asker.ts';
import { replaced, shown, without } from '../credentials.ts';
import { deleteMissingKey, putKey, writeAtOnce } from '../key-values.ts';
import type { Question, Seen } from '../question.ts';
import { sawAtResponse } from './switches.ts';
import { POLICY_HEADER } from './template.ts';
import type { LabWorld } from './world.ts';

/** The questions that no switch stands for. Each answer is the same under every switch. */
export const LAB_FURTHER: Question<LabWorld>[] = [
  question('p256WithSha256', 'opens', async ({ open, sign }) => await open('/x', await sign())),
  question('p256WithoutMarker', '403 AccessDenied', async ({ open, sign }) =>
    open('/x', without(await sign(), 'Hash-Algorithm')),
  ),
  question('p256WithSha1', 'opens', async ({ open, sign, signers }) =>
    open('/x', await sign({ signer: signers.ecSha1 })),
  ),
  question('rsaWithSha1', 'opens', async ({ open, sign, signers }) =>
    open('/x', await sign({ signer: signers.rsa })),
  ),
  question('rsaWithSha256', 'opens', async ({ open, sign, signers }) =>
    open('/x', await sign({ signer: signers.rsaSha256 })),
  ),
  ...refusals(),
  question('signingParametersInQuerystring', false, async ({ event, sign }) => {
    const seen = await event('/x?own=1', await sign(), 'query');
    return seen && 'Policy' in seen.request.querystring;
  }),
  question('cookieTwiceInEvent', 'multiValue', async ({ event, sign }) => {
    const seen = await event('/x', [...(await sign()), ['Own', '1'], ['Own', '2']], 'cookies');
    const cookie = seen?.request.cookies['CloudFront-Own'];
    return cookie && (cookie.multiValue?.length === 2 ? 'multiValue' : cookie.value);
  }),
  question('latin1Path', 'as it was sent', ({ event, sign }) => spelled({ event, sign }, '/x%e9')),
  question('encodedSlash', 'as it was sent', ({ event, sign }) => spelled({ event, sign }, '/x%2fy')),
  question('patternTakesEncodedLetter', true, ({ open }) => isOpen({ open }, '/%6Fpen/x')),
  question('patternTakesEncodedSlash', false, ({ open }) => isOpen({ open }, '/open%2Fx')),
  question('patternTakesDotSegments', true, ({ open }) => isOpen({ open }, '/x/../open/x')),
  question('patternTakesTwoSlashes', true, ({ open }) => isOpen({ open }, '//open//x')),
  ...['OPTIONS', 'POST', 'PUT', 'DELETE'].map((method) =>
    question(`method${method}`, '403', async ({ ask }) => inWords(await ask('/x', { method }))),
  ),
  question('getWithBody', '403', async ({ ask }) => inWords(await ask('/x', { body: 'body' }))),
  question('longUrl', '414', async ({ ask }) => inWords(await ask(`/${'a'.repeat(8_300)}`))),
  question('largeRequest', '413', async ({ ask }) => {
    const headers = Object.fromEntries([1, 2, 3].map((n) => [`x-lab-${n}`, 'a'.repeat(7_000)]));
    return inWords(await ask('/x', { headers }));
  }),
  question('urlBelowLimit', 'opens', async ({ open, sign }) =>
    open(`/x?own=${'a'.repeat(8_000)}`, await sign()),
  ),
  question('requestBelowLimit', 'opens', async ({ ask, sign }) => {
    const { target, headers } = shown('/x', await sign(), 'cookies');
    const filling = Object.fromEntries([1, 2, 3].map((n) => [`x-lab-${n}`, 'a'.repeat(6_200)]));
    const answer = await ask(target, { headers: { ...headers, ...filling, 'x-lab': 'object' } });
    return answer.status === 200 ? 'opens' : inWords(answer);
  }),
  question('functionEndless', '503', async ({ object, sign }) =>
    inWords(await object('/x', await sign(), 'cookies', 'endless')),
  ),
  question('functionThrows', '503', async ({ object, sign }) =>
    inWords(await object('/x', await sign(), 'cookies', 'throw')),
  ),
  question('viewerResponseRawQuery', 'function', async (lab) => String((await sawAtResponse(lab))['raw'])),
  question('viewerResponseOnErrors', 'policy alone', async ({ object, sign }) => {
    const { status, headers } = await object('/x', await sign(), 'cookies', 'missing');
    const applied = [
      ...('x-lab-saw' in headers ? ['function'] : []),
      ...(POLICY_HEADER in headers ? ['policy'] : []),
    ];
    if (status < 400) return undefined;
    return applied.length === 1 ? `${applied[0]} alone` : applied.join(' and ') || 'neither';
  }),
  question('deleteMissingKey', 'ResourceNotFoundException', async ({ keyValues }) =>
    String(await deleteMissingKey(keyValues, 'nobody')),
  ),
  question('writesAtOnce', '1 written, 49 ConflictException', ({ keyValues }) =>
    writeAtOnce(keyValues, 'at-once', 'value'),
  ),
  { ...question('keySeenWithin60s', true, keySeen), maxSeconds: 360 },
];

function question(
  name: string,
  assumed: Seen,
  ask: (lab: LabWorld) => Promise<Seen | undefined>,
): Question<LabWorld> {
  return { name, assumed, otherwise: 'report it', ask };
}

function refusals(): Question<LabWorld>[] {
  const cases: [name: string, assumed: string, changed: [name: string, value?: string]][] = [
    ['missingKey', 'MissingKey', ['Key-Pair-Id']],
    ['unknownKey', 'InvalidKey', ['Key-Pair-Id', 'KUNKNOWN']],
    ['missingSignature', 'AccessDenied', ['Signature']],
    ['undecodableSignature', 'MalformedSignature', ['Signature', '!']],
    ['missingPolicy', 'AccessDenied', ['Policy']],
    ['malformedPolicy', 'MalformedPolicy', ['Policy', 'AAAA']],
    ['unknownHash', 'AccessDenied', ['Hash-Algorithm', 'MD5']],
  ];
  return cases.map(([name, code, [parameter, value]]) =>
    question(name, `403 ${code}`, async ({ open, sign }) => {
      const pairs = await sign();
      return await open(
        '/x',
        value === undefined ? without(pairs, parameter) : replaced(pairs, parameter, value),
      );
    }),
  );
}

/** The path that the function sees. Hex digits count as equal in upper and lower case. */
async function spelled({ event, sign }: Pick<LabWorld, 'event' | 'sign'>, target: string) {
  const uri = (await event(target, await sign(), 'cookies'))?.request.uri.toLowerCase();
  return uri === target ? 'as it was sent' : uri;
}

/** Whether a path belongs to the behavior that needs no signature. */
async function isOpen({ open }: Pick<LabWorld, 'open'>, target: string): Promise<boolean> {
  return (await open(target, [])) === 'opens';
}

/** Writes a key, and asks the function for it until the function sees it. */
async function keySeen({ event, figure, keyValues, sign, wait }: LabWorld): Promise<boolean> {
  const value = randomBytes(8).toString('hex');
  const began = Date.now();
  await putKey(keyValues, 'seen', value);
  for (;;) {
    const seen = await event('/x', await sign(), 'cookies', {
      'x-lab': 'key seen',
    });
    const ms = Date.now() - began;
    if (seen?.value === value) {
      figure('a key was seen by the function after', `${ms} ms`);
      return ms <= 60_000;
    }
    if (ms > 300_000) return false;
    await wait(200);
  }
}
