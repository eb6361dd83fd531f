import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import t from 'tap';
import { contextOf } from '../../../../edge/local/template/schema.ts';
import { readTemplate } from '../../../../edge/local/template/template.ts';
import { trustedKeys } from '../../../../edge/local/template/trusted-keys.ts';
import { ecKey } from '../../../support/local-values.ts';

const PEM = ecKey('K1').publicPem;

function read(groups: string[][], pems: Record<string, string>) {
  const config = (name: string, pem: string) => ({ PublicKeyConfig: { Name: name, EncodedKey: pem } });
  const publicKeys = Object.entries(pems).map(([id, pem]) => [
    id,
    { Type: 'AWS::CloudFront::PublicKey', Properties: config(id, pem) },
  ]);
  const keyGroups = groups.map((items, index) => [
    `G${index}`,
    { Type: 'AWS::CloudFront::KeyGroup', Properties: { KeyGroupConfig: { Items: items } } },
  ]);
  const template = readTemplate(
    { Resources: Object.fromEntries([...publicKeys, ...keyGroups]) },
    { region: 'us-east-1', accountId: '000000000000' },
  );
  const refs = groups.map((_, index) => `G${index}`);
  const context = contextOf(template);
  const keys = trustedKeys({ context, path: 'Behavior.TrustedKeyGroups', value: refs }) ?? new Map();
  return { keys, faults: context.faults };
}

t.test('a key that CloudFront would not take is named', async (t) => {
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  const { keys, faults } = read([['K1', 'K2', 'K3', 'K4', 'K5']], {
    K1: pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
    K2: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    K3: pem(generateKeyPairSync('ed25519').publicKey),
    K4: 'no key',
    K5: PEM,
  });
  const pss = pem(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).publicKey);
  t.strictSame(
    read([['K6']], { K6: pss }).faults.map(({ path }) => path),
    ['K6: PublicKey.EncodedKey'],
  );
  t.strictSame([...keys.keys()], ['K5']);
  t.strictSame(
    faults,
    ['K1', 'K2', 'K3', 'K4'].map((name) => ({
      path: `${name}: PublicKey.EncodedKey`,
      message: 'it is neither RSA 2048 nor ECDSA P-256 as PEM',
    })),
  );
});

t.test('more keys or groups than CloudFront takes are refused', async (t) => {
  const six = ['K1', 'K2', 'K3', 'K4', 'K5', 'K6'];
  const pems = Object.fromEntries(six.map((id) => [id, PEM]));
  t.strictSame(read([six], pems).faults, [
    { path: 'G0: KeyGroup.Items', message: 'CloudFront takes at most 5 keys a group' },
  ]);
  t.strictSame(read([['K1'], ['K2'], ['K3'], ['K4'], ['K5']], pems).faults, [
    { path: 'Behavior.TrustedKeyGroups', message: 'CloudFront takes at most 4 key groups' },
  ]);
  t.strictSame(read([six.slice(1)], pems).faults, [], 'five keys');
  t.strictSame(read([['K1'], ['K2'], ['K3'], ['K4']], pems).faults, [], 'four groups');
});
