import t from 'tap';
import { PUBLIC_KEYS, plain, propertiesOf, templatesOf } from './support/production.ts';

const { gateway } = templatesOf();

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

t.test(
  'both keys: another PEM under an old name is another key for CloudFront and for CloudFormation',
  async (t) => {
    const keysOf = (publicKeys: object[]) => {
      const { Resources } = templatesOf({ publicKeys }).gateway;
      const keys = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::CloudFront::PublicKey');
      return keys.map(([id, { Properties }]) => ({ id, ...Object(Properties['PublicKeyConfig']) }));
    };
    const [first, second] = PUBLIC_KEYS;
    const before = keysOf([{ ...first, name: 'one' }]);
    const after = keysOf([{ ...second, name: 'one' }]);
    t.match(before[0], { Name: /^CloudFrontCookieGateway-one-[0-9a-f]{8}$/, EncodedKey: first?.pem });
    t.not(after[0].id, before[0].id);
    t.not(after[0].Name, before[0].Name);
    const spaced = keysOf([{ name: 'one', pem: `${first?.pem.replaceAll('\n', '\r\n')}\r\n` }]);
    t.strictSame(spaced, before, 'another spelling of the same PEM is the same key');
    const long = keysOf([{ ...first, name: 'n'.repeat(128) }]);
    t.match(
      long[0],
      { Name: /^CloudFrontCookieGateway-n{64}-[0-9a-f]{8}$/ },
      'a name of CloudFront has an end',
    );
  },
);

t.test('two stacks side by side share no name that is unique in an account', async (t) => {
  const namesOf = (stackName: string) => {
    const { gateway: one, watch } = templatesOf({ stackName });
    return [one, watch].flatMap(({ Resources }) =>
      Object.values(Resources).flatMap(({ Type, Properties }) =>
        [...JSON.stringify(plain(Properties)).matchAll(/"(\w*Name)":"([^"<]+)"/g)]
          .filter(([, key = '']) => Type !== 'AWS::CloudWatch::Alarm' && !NOT_OF_THE_ACCOUNT.has(key))
          .map(([, key, name = '']) => `${Type} ${key} ${name}`),
      ),
    );
  };
  const [one, two] = [namesOf('Gateway'), namesOf('Gateway-2')];
  t.equal(one.length, two.length);
  t.strictSame(
    one.filter((name) => two.includes(name)),
    [],
  );
  t.strictSame(
    one.filter((name) => !/ Gateway[-A-Z]?| \/aws\/vendedlogs\/Gateway-|Gateway$/.test(name)),
    [],
    'each name holds the name of its stack',
  );
});
