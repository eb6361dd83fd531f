import { createPublicKey } from 'node:crypto';
import fs, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
import { readPrivate, writePrivate } from '../../../../services/operator/keys/state-file.ts';
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

t.test('a file of ours is whole or as it was, and one that is damaged is put aside', (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'state.json');
  const parse = (text: string) => JSON.parse(text);
  t.equal(readPrivate(file, parse), undefined, 'there is none');
  const flushed = t.capture(fs, 'fsyncSync');
  writePrivate(file, '[1]');
  t.equal(flushed().length, 1, 'it is on the disk');
  t.strictSame(readPrivate(file, parse), [1]);
  t.equal(statSync(file).mode & 0o777, 0o600);

  const logged = t.capture(console, 'error');
  writeFileSync(file, '[1');
  t.equal(readPrivate(file, parse), undefined);
  t.strictSame(readdirSync(directory), ['state.json.bad']);
  t.match(logged()[0]?.args, [
    /^start: .*state\.json is damaged \(.+\): it is now .*state\.json\.bad, and the start/,
  ]);

  mkdirSync(`${file}.new`);
  t.throws(() => writePrivate(file, '[2]'), 'what is in the way is no file of ours');
  t.throws(() => readPrivate(`${file}.new`, parse), { code: 'EISDIR' });
  t.throws(() => writePrivate(join(directory, 'none', 'a'), ''), { code: 'ENOENT', syscall: 'open' });
  const broken = () => {
    throw new TypeError('a fault of ours');
  };
  t.throws(() => readPrivate(`${file}.bad`, broken), TypeError);
  t.end();
});

t.test('a disk that is full leaves the old content alone', { skip: !existsSync('/dev/full') }, (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'state.json');
  writePrivate(file, 'old');
  symlinkSync('/dev/full', `${file}.new`);
  t.throws(() => writePrivate(file, 'new'), { code: 'ENOSPC' });
  t.strictSame([readdirSync(directory), readFileSync(file, 'utf8')], [['state.json'], 'old']);
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
