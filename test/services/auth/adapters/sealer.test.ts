import { randomBytes } from 'node:crypto';
import t from 'tap';
import { createSealer } from '../../../../services/auth/adapters/sealer.ts';

t.test('the first key seals and all keys open, so no sign-in fails while a key is replaced', async (t) => {
  const [before, now, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const content = { idToken: 'x'.repeat(2_000) };
  const old = await createSealer([before]).seal(content);
  const rotated = createSealer([now, before]);
  t.strictSame(await rotated.open(old), content);
  const fresh = await rotated.seal(content);
  t.notMatch(fresh, 'xxx');
  t.strictSame(await createSealer([now]).open(fresh), content);
  for (const sealer of [createSealer([other]), createSealer([before])])
    t.equal(await sealer.open(fresh), undefined);
  for (const bent of ['', 'x', `${fresh}x`, fresh.slice(0, -4), old.replace(/^[^.]+/, 'eyJhbGciOiJub25lIn0')])
    t.equal(await rotated.open(bent), undefined);
});
