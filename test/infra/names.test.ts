import t from 'tap';
import { PUBLIC_KEYS, plain, propertiesOf, templatesOf } from './support/production.ts';

const { gateway } = templatesOf();
const [first, second] = PUBLIC_KEYS;
const LONG = 'n'.repeat(128);
// The second stack has another PEM under each name.
const one = templatesOf({
  stackName: 'Gateway',
  publicKeys: [
    { ...first, name: 'one' },
    { ...second, name: LONG },
  ],
});
const two = templatesOf({
  stackName: 'Gateway-2',
  publicKeys: [
    { ...second, name: 'one' },
    { ...first, name: LONG },
  ],
});

/** Names with a meaning inside their resource, or names that a person has to choose. */
const NOT_OF_THE_ACCOUNT = new Set([
  ...['AttributeName', 'IndexName', 'DomainName', 'MetricName', 'StageName', 'PolicyName'],
]);

t.test('the edge’s store keeps its logical id and its name: a new store revokes nobody', async (t) => {
  t.strictSame(
    propertiesOf(gateway, 'AWS::CloudFront::KeyValueStore')['Name'],
    'CloudFrontCookieGateway-revocations',
  );
  t.ok('RevocationsAE845E47' in gateway.Resources);
});

t.test('another PEM under an old name is another key for CloudFront and for CloudFormation', async (t) => {
  const keysOf = ({ Resources }: typeof gateway) => {
    const keys = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::CloudFront::PublicKey');
    return keys.map(([id, { Properties }]) => ({ id, ...Object(Properties['PublicKeyConfig']) }));
  };
  const [before, long] = keysOf(one.gateway);
  const [after] = keysOf(two.gateway);
  t.match(before, { Name: /^Gateway-one-[0-9a-f]{8}$/, EncodedKey: first?.pem });
  t.not(after.id, before.id);
  t.not(after.Name.slice(-8), before.Name.slice(-8));
  t.match(long, { Name: /^Gateway-n{64}-[0-9a-f]{8}$/ }, 'a name of CloudFront has an end');
});

t.test('two stacks side by side share no name that is unique in an account', async (t) => {
  const namesOf = (templates: typeof one) =>
    Object.values(templates).flatMap(({ Resources }) =>
      Object.values(Resources).flatMap(({ Type, Properties }) =>
        [...JSON.stringify(plain(Properties)).matchAll(/"(\w*Name)":"([^"<]+)"/g)]
          .filter(([, key = '']) => Type !== 'AWS::CloudWatch::Alarm' && !NOT_OF_THE_ACCOUNT.has(key))
          .map(([, key, name = '']) => `${Type} ${key} ${name}`),
      ),
    );
  const [names, others] = [namesOf(one), namesOf(two)];
  t.equal(names.length, others.length);
  t.strictSame(
    names.filter((name) => others.includes(name)),
    [],
  );
  t.strictSame(
    names.filter((name) => !/ Gateway[-A-Z]?| \/aws\/vendedlogs\/Gateway-|Gateway$/.test(name)),
    [],
    'each name holds the name of its stack',
  );
});
