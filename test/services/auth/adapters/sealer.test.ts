import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import t from 'tap';
import { createSealer, createTokenMac } from '../../../../services/auth/adapters/sealer.ts';

t.test('the first key seals and all keys open, so no sign-in fails while a key is replaced', async (t) => {
  const [before, now, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const content = { idToken: 'x'.repeat(2_000) };
  const old = await createSealer([before]).seal(content);
  const rotated = createSealer([now, before]);
  t.strictSame(await rotated.open(old), content);
  const fresh = await rotated.seal(content);
  t.notMatch(fresh, 'xxx');
  t.strictSame(await createSealer([now]).open(fresh), content);
  for (const [index, sealer] of [createSealer([other]), createSealer([before])].entries())
    t.equal(await sealer.open(fresh), undefined, `row ${index}`);
  for (const bent of ['', 'x', `${fresh}x`, fresh.slice(0, -4), old.replace(/^[^.]+/, 'eyJhbGciOiJub25lIn0')])
    t.equal(await rotated.open(bent), undefined, bent);
});

t.test('whatever another algorithm has sealed under the same key is not opened', async (t) => {
  const key = randomBytes(32);
  const sealedBy = (alg: string, enc: string) =>
    new CompactEncrypt(Buffer.from('{}')).setProtectedHeader({ alg, enc }).encrypt(key);
  t.strictSame(await createSealer([key]).open(await sealedBy('dir', 'A256GCM')), {});
  for (const [alg, enc] of [
    ['A256GCMKW', 'A256GCM'],
    ['A256KW', 'A256GCM'],
    ['dir', 'A128CBC-HS256'],
  ] as const)
    t.equal(await createSealer([key]).open(await sealedBy(alg, enc)), undefined, `${alg} ${enc}`);
});

const [OLD, NEW] = [Buffer.alloc(32, 'old'), Buffer.alloc(32, 'new')];

t.test('the first secret makes MACs, all secrets check them', async (t) => {
  const [before, during, after] = [createTokenMac([OLD]), createTokenMac([NEW, OLD]), createTokenMac([NEW])];
  const [old, young] = [before.of('text'), during.of('text')];
  t.match(old, /^[A-Za-z0-9_-]{22}$/);
  t.equal(young, after.of('text'));
  t.not(young, old);
  t.strictSame([during.holds('text', old), during.holds('text', young)], [true, true]);
  t.strictSame([after.holds('text', old), before.holds('text', young)], [false, false]);
});

t.test('128 bits of HMAC-SHA-256 (RFC 2104) under a key of its own (RFC 5869)', async (t) => {
  const mac = createTokenMac([NEW]);
  const label = 'cloudfront-cookie-gateway: MAC of tokens';
  const byHand = (key: NodeJS.ArrayBufferView) =>
    createHmac('sha256', key).update('text').digest().subarray(0, 16).toString('base64url');
  t.equal(mac.of('text'), byHand(Buffer.from(hkdfSync('sha256', NEW, '', label, 32))));
  t.notOk(mac.holds('text', byHand(NEW)), 'the secret itself is another key');
  for (const wrong of ['', mac.of('text').slice(1), `${mac.of('text')}A`, mac.of('Text'), 'é'.repeat(22)])
    t.notOk(mac.holds('text', wrong), wrong);
});
