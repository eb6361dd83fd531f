import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  addKeyFile,
  KeyFileError,
  openKeys,
  readKeys,
  removeKey,
} from '../../../../services/operator/keys/key-files.ts';
import { readRing } from '../../../../services/operator/keys/records.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

t.test('keys are made once, the signing key comes first, and only their owner can read them', (t) => {
  const directory = temporaryDirectory(t);
  const made = openKeys(directory);
  t.equal(made.length, 2);
  t.strictSame(openKeys(directory), made);
  for (const { keyPairId } of made) {
    t.equal(statSync(join(directory, `${keyPairId}.pem`)).mode & 0o777, 0o600, keyPairId);
  }
  const added = addKeyFile(directory, 'ec');
  t.equal(readKeys(directory)[0]?.keyPairId, made[0]?.keyPairId, 'it signs as before');
  removeKey(directory, added);
  t.strictSame(readKeys(directory), made);
  t.end();
});

t.test('a file without a key, and damaged records, are named', (t) => {
  const directory = temporaryDirectory(t);
  openKeys(directory);
  const [bad, records] = [join(directory, 'KBAD.pem'), join(directory, 'keys.json')];
  writeFileSync(bad, 'no key');
  t.throws(
    () => readKeys(directory),
    new KeyFileError(
      `${bad} must be a private key as PEM, ECDSA P-256 or RSA 2048: it cannot be read as one`,
    ),
  );
  for (const damaged of ['[{"name":1}]', '[{"name":"K1"},{"name":1}]', '[null]', '{}']) {
    writeFileSync(records, damaged);
    t.throws(
      () => readRing(records, ['K1']),
      new KeyFileError(`${records} cannot be read: repair it. Only this file says which keys still count`),
      damaged,
    );
  }
  t.end();
});
