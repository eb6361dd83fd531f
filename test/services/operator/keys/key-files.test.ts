import { createPublicKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { addKeyFile, openKeys, readKeys, removeKey } from '../../../../services/operator/keys/key-files.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

t.test('keys are made once, the signing key comes first, and only their owner can read them', (t) => {
  const directory = temporaryDirectory(t);
  const made = openKeys(directory);
  t.equal(made.length, 2);
  t.strictSame(openKeys(directory), made);
  t.match(
    made.map(({ publicPem }) => createPublicKey(publicPem).asymmetricKeyDetails),
    [{ namedCurve: 'prime256v1' }, { modulusLength: 2_048 }],
  );
  for (const { keyPairId } of made) {
    t.equal(statSync(join(directory, `${keyPairId}.pem`)).mode & 0o777, 0o600, keyPairId);
    t.match(keyPairId, /^K[A-Z0-9]{13}$/, 'as CloudFront names them');
  }
  const added = addKeyFile(directory, 'ec');
  t.equal(readKeys(directory)[0]?.keyPairId, made[0]?.keyPairId, 'it signs as before');
  removeKey(directory, added);
  t.strictSame(readKeys(directory), made);
  t.end();
});
