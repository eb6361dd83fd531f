import { createPublicKey, verify } from 'node:crypto';
import t from 'tap';
import { parseEpochSeconds } from '../../../core/epoch-seconds.ts';
import { deriveUserId, parseUserId } from '../../../core/user-id.ts';
import { isRevoked } from '../../../edge/function/revocation-check.ts';
import { createVectors } from '../../../services/vectors/vectors.ts';

const vectors = await createVectors();

t.test('the function of the edge reads each entry as the vector says', async (t) => {
  t.ok(vectors.entries.length > 4);
  for (const { text, revokedStarts, openStarts } of vectors.entries) {
    for (const start of revokedStarts) t.equal(isRevoked(text, { kind: 'folder', start }), true, text);
    for (const start of openStarts) t.equal(isRevoked(text, { kind: 'folder', start }), false, text);
  }
});

t.test('the keys are those that CloudFront takes', (t) => {
  const details = vectors.keys.map(({ type, publicKey }) => [
    type,
    createPublicKey(publicKey).asymmetricKeyDetails,
  ]);
  t.match(details, [
    ['RSA', { modulusLength: 2_048 }],
    ['EC', { namedCurve: 'prime256v1' }],
  ]);
  t.end();
});

t.test('each signature is that of the policy beside it', async (t) => {
  const seen = new Set<string>();
  for (const { keyPairId, policy, setCookie, expiresAt } of vectors.cookies) {
    const key = vectors.keys.find((known) => known.keyPairId === keyPairId);
    const signature = /^CloudFront-Signature=([^;]+)/m.exec(setCookie.join('\n'))?.[1] ?? '';
    for (const character of signature) seen.add(character);
    const base64 = signature.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
    const publicKey = createPublicKey(key?.publicKey ?? '');
    t.ok(verify('sha256', Buffer.from(policy), publicKey, Buffer.from(base64, 'base64')));
    t.match(policy, `{"AWS:EpochTime":${expiresAt}}`);
  }
  // Each of them is another character in base64, so a wrong alphabet is found.
  t.ok(['-', '~', '_'].every((character) => seen.has(character)));
});

t.test('each cookie is of its sign-in, and good from now on for its lifetime', (t) => {
  const times = vectors.cookies.map(({ start, issuedAt, expiresAt }) => [
    issuedAt - start,
    expiresAt - issuedAt,
  ]);
  const ofOneKey = [...[0, 1, 2, 3].map((index) => [3_600 + index, 900 - index]), [90, 86_400]];
  t.strictSame(times, [...ofOneKey, ...ofOneKey]);
  t.end();
});

t.test('a start is an hour old, or one more than the start before it, and a minute old at least', (t) => {
  t.strictSame(
    vectors.starts.map(({ previous, now, start }) => [previous && previous - now, start && start - now]),
    [
      [null, -3_600],
      [-86_400, -3_600],
      [-3_600, -3_599],
      [-61, -60],
      [-60, null],
      [0, null],
    ],
  );
  t.end();
});

t.test('a refusal has one fault, and cookies have a domain', (t) => {
  const shown = vectors.refusals.flatMap((refusal) =>
    'start' in refusal && refusal.id !== vectors.ids[0]?.id ? [[refusal.start, refusal.expiresAt]] : [],
  );
  t.strictSame([...new Set(shown.map(String))], ['1789996400,1790000900']);
  const inMilliseconds = vectors.refusals.filter(({ why }) => why === 'milliseconds');
  t.match(inMilliseconds, [{ expiresAt: 1_790_000_900_000 }, { start: 1_789_996_400_000 }]);
  for (const { setCookie, cleared } of vectors.cookies) {
    t.ok([...setCookie, ...cleared].every((line) => line.includes('; Domain=app.example.com; ')));
  }
  t.end();
});

t.test('an entry names a start, or a floor for all before it', (t) => {
  t.strictSame(
    vectors.entries.map(({ text }) => text),
    ['0,|0,', '0,1789996401,|0,', '1789996401,|0,', '1789996400,1789996402,|0,', '0,|7,9,1789996401,'],
  );
  t.end();
});

t.test('keys are new each time, and everything else is the same', async (t) => {
  const again = await createVectors();
  t.not(again.keys[0]?.privateKey, vectors.keys[0]?.privateKey);
  const { keys: _keys, cookies, ...rest } = vectors;
  t.match(again, rest);
  t.strictSame(
    again.cookies.map(({ policy }) => policy),
    cookies.map(({ policy }) => policy),
  );
});

t.test('what is accepted goes to its bound, and what is refused begins behind it', async (t) => {
  t.equal(Math.max(...vectors.ids.map(({ subject }) => subject.length)), 255);
  const refused = vectors.refusals.flatMap((refusal) => ('id' in refusal ? [refusal] : []));
  t.strictSame(
    [Math.max(...refused.map(({ id }) => id.length)), Math.min(...refused.map(({ start }) => start))],
    [65, -1],
  );
  for (const refusal of vectors.refusals) {
    const parse = () => {
      if ('subject' in refusal) return deriveUserId(refusal.issuer, refusal.subject);
      const { id, start, expiresAt } = refusal;
      return [parseUserId(id), parseEpochSeconds(start), parseEpochSeconds(expiresAt)];
    };
    t.throws(parse, refusal.why);
  }
});
