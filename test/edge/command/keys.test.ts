import { generateKeyPairSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { firstKeyIn, keysIn, newKey } from '../../../edge/command/keys.ts';
import { folderOf } from '../local/support/serve.ts';

const pemOf = (type: 'rsa' | 'ec') => {
  const { publicKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
};
const NO_KEY = 'of the deployment';

t.test('keys are kept in a folder that only its owner may read', async (t) => {
  const folder = join(folderOf(t, { 'https/authority.pem': '' }), 'deep/keys');
  const keys = keysIn(folder);
  const key = keys.keyFor('a/b', NO_KEY);
  t.ok(keys.keyFor('a/b', NO_KEY).equals(key), 'the second time, the same key');
  t.notOk(keys.keyFor('c', NO_KEY).equals(key), 'another name, another key');
  const modes = ['', 'a_b.pem'].map((name) => statSync(join(folder, name)).mode & 0o777);
  t.strictSame(modes, [0o700, 0o600]);
  const first = firstKeyIn(folder);
  t.strictSame([first.keyPairId, first.key.equals(key)], ['a_b', true]);
});

t.test('a new key is of the kind of the one that it replaces', async (t) => {
  for (const [given, details] of [
    [pemOf('rsa'), { modulusLength: 2_048, publicExponent: 65_537n }],
    [pemOf('ec'), { namedCurve: 'prime256v1' }],
    [NO_KEY, { namedCurve: 'prime256v1' }],
  ] as const)
    t.strictSame(newKey(given).asymmetricKeyDetails, details, given);
});
