import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keysCommand } from '../../../../services/operator/cli/keys.ts';
import { ecKey, localValues, rsaKey } from '../../../support/local-values.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const NOW = Date.parse('2026-11-01T00:00:00.000Z');
const DAY_MS = 24 * 60 * 60 * 1_000;

t.test('a deployment: only the keys in values.json change', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'values.json');
  const values = localValues([ecKey('one')]);
  writeFileSync(file, JSON.stringify(values));
  const keys = (nowMs: number, ...args: string[]) => keysCommand([...args, '--values', file], '', nowMs);
  const written = () => JSON.parse(readFileSync(file, 'utf8'));
  const order = () => written().publicKeys.map(({ name }: { name: string }) => name);
  const pem = join(directory, 'two.pem');

  t.matchOnly(keys(NOW, 'list', '--deployed'), [/^one: signs since 2026-11-01/]);
  const [name, next] = keys(NOW, 'generate', '--name', 'two', '--out', pem);
  t.equal(name, 'two');
  t.match(next, /build and deploy .*keys rotate --deployed/);
  t.equal(statSync(pem).mode & 0o777, 0o600);
  t.match(readFileSync(file, 'utf8'), /^\{\n {2}"\w+": .*\n\}\n$/s, 'as a person would write it');
  t.match(readFileSync(join(directory, 'values.keys.json'), 'utf8'), /^\[\n {2}\{\n {4}"name"/);
  t.throws(() => keys(NOW, 'generate', '--name', 'three', '--out', pem), {
    name: 'UsageError',
    message: /EEXIST/,
  });
  t.throws(() => keys(NOW, 'rotate'), { name: 'UnsafeStepError' });
  t.strictSame(order(), ['one', 'two']);
  t.matchOnly(keys(NOW + 1, 'rotate', '--deployed'), ['two comes first', /secretArn .*keys list --deployed/]);
  t.strictSame(order(), ['two', 'one']);
  t.throws(() => keys(NOW + 2, 'retire', 'one', '--deployed'), {
    name: 'UnsafeStepError',
    message: /2026-11-08T00:05/,
  });
  t.throws(() => keys(NOW + 7 * DAY_MS, 'retire', 'one'), { name: 'UnsafeStepError' });
  t.matchOnly(keys(NOW + 8 * DAY_MS, 'retire', 'one'), ['one is removed from the list', /deploy/]);
  t.strictSame({ ...written(), publicKeys: [] }, { ...values, publicKeys: [] });
  t.strictSame(order(), ['two']);
  t.notMatch(
    readdirSync(directory)
      .map((each) => readFileSync(join(directory, each), 'utf8'))
      .join()
      .replace(readFileSync(pem, 'utf8'), ''),
    /PRIVATE/,
  );
});

t.test('a public key whose private half is in KMS', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'values.json');
  writeFileSync(file, JSON.stringify(localValues([ecKey('one')])));
  const publicKey = join(directory, 'kms.pub.pem');
  const { publicPem, privateKey } = rsaKey('kms');
  writeFileSync(publicKey, publicPem);
  const generate = (...args: string[]) => keysCommand(['generate', '--values', file, ...args], '', NOW);
  generate('--name', 'kms', '--public-key', publicKey);
  t.equal(JSON.parse(readFileSync(file, 'utf8')).publicKeys[1].pem, publicPem);
  const isUsageError = { name: 'UsageError' };
  for (const name of ['a b', ' a', 'a ', 'a'.repeat(129)]) {
    const message = /^--name must be letters/;
    t.throws(() => generate('--name', name, '--public-key', publicKey), { ...isUsageError, message }, name);
  }
  const both = ['--name', 'two', '--public-key', publicKey, '--out', join(directory, 'two.pem')];
  t.throws(() => generate(...both), { ...isUsageError, message: /^name the file/ });
  writeFileSync(publicKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  t.throws(() => generate('--name', 'two', '--public-key', publicKey), isUsageError, 'a private key');
  t.throws(() => generate('--name', 'two'), isUsageError);
  t.throws(() => keysCommand(['list', '--values', join(directory, 'none')], '', NOW), /none cannot be read/);
});
