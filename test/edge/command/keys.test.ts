import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { firstKeyIn, keysIn, newKey, signedUrl, withOwnKeys } from '../../../edge/command/keys.ts';
import { PLACE } from '../../../edge/command/place.ts';
import { folderOf, resourcesOf } from '../local/support/serve.ts';

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

t.test('without a key nothing is signed', async (t) => {
  const folder = folderOf(t, { 'a.crt': '' });
  for (const path of [folder, join(folder, 'none')])
    t.throws(() => firstKeyIn(path), {
      message: `there is no key in ${path}; serve a template first, which makes keys`,
    });
});

t.test('a new key is of the kind of the one that it replaces', async (t) => {
  for (const [given, details] of [
    [pemOf('rsa'), { modulusLength: 2_048, publicExponent: 65_537n }],
    [pemOf('ec'), { namedCurve: 'prime256v1' }],
    [NO_KEY, { namedCurve: 'prime256v1' }],
  ] as const)
    t.strictSame(newKey(given).asymmetricKeyDetails, details, given);
});

t.test('all keys are replaced, or only what is no key', async (t) => {
  const own = newKey(NO_KEY);
  const replacement = createPublicKey(own).export({ type: 'spki', format: 'pem' }).toString();
  const keyOf = (name: string, pem: string) => ({
    Type: 'AWS::CloudFront::PublicKey',
    Properties: { PublicKeyConfig: { Name: name, CallerReference: 'x', EncodedKey: pem } },
  });
  const good = pemOf('ec');
  const template = { Resources: { A: keyOf('a', good), B: keyOf('b', NO_KEY) } };
  for (const [replacesAll, pems, lines] of [
    [true, [replacement, replacement], []],
    [false, [good, replacement], ['guessed --keys .edge-local: the template has no key b']],
  ] as const) {
    const made = withOwnKeys(template, { replacesAll, keyFor: () => own }, { ...PLACE, values: {} });
    const { A, B } = resourcesOf(made.template);
    t.strictSame([A, B], [keyOf('a', pems[0]), keyOf('b', pems[1])]);
    t.strictSame([made.keyPairIds, made.lines], [['a', 'b'], lines]);
  }
  t.equal(template.Resources.B.Properties.PublicKeyConfig.EncodedKey, NO_KEY, 'the template itself stays');
});

t.test('a signature goes on after the query that is there', async (t) => {
  const signing = { key: newKey(NO_KEY), keyPairId: 'K', endsAtEpoch: 1 };
  t.match(signedUrl('http://a/b?c', signing), /^http:\/\/a\/b\?c&Policy=/);
  t.match(
    signedUrl('http://a/b', signing),
    /^http:\/\/a\/b\?Policy=[^=?]+&Signature=[^=]+&Key-Pair-Id=K&Hash-Algorithm=SHA256$/,
  );
});
