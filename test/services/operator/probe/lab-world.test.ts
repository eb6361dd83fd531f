import { mock } from 'node:test';
import { CloudFrontKeyValueStoreClient } from '@aws-sdk/client-cloudfront-keyvaluestore';
import t from 'tap';
import { createLabWorld, newLabKeys } from '../../../../services/operator/probe/lab-world.ts';

t.test('a question that is asked after an hour has a credential of a quarter of an hour', (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
  t.teardown(() => mock.timers.reset());
  const stand = {
    origin: 'https://lab.example.com',
    keyPairIds: { ec: 'KEC', rsa: 'KRSA' },
    keyValues: { client: new CloudFrontKeyValueStoreClient({}), arn: '' },
  };
  const { signal } = new AbortController();
  const world = createLabWorld(stand, newLabKeys(), { figure: () => {}, signal });
  t.teardown(() => world.close());
  for (const hour of ['12', '13']) {
    mock.timers.setTime(Date.parse(`2026-11-01T${hour}:00:00Z`));
    const [[name, policy] = []] = world.credential;
    t.equal(name, 'Policy');
    const { Statement } = JSON.parse(Buffer.from((policy ?? '').replaceAll('_', '='), 'base64').toString());
    t.equal(
      Statement[0].Condition.DateLessThan['AWS:EpochTime'],
      Date.parse(`2026-11-01T${hour}:15:00Z`) / 1_000,
    );
  }
  t.end();
});
