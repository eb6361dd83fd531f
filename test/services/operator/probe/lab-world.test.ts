import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import {
  CloudFrontKeyValueStoreClient,
  DeleteKeyCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import t from 'tap';
import { deleteKey, deleteKeys } from '../../../../services/operator/probe/key-values.ts';
import { labTemplate } from '../../../../services/operator/probe/lab-template.ts';
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
    t.equal(name, 'Policy', hour);
    const { Statement } = JSON.parse(Buffer.from((policy ?? '').replaceAll('_', '='), 'base64').toString());
    t.equal(
      Statement[0].Condition.DateLessThan['AWS:EpochTime'],
      Date.parse(`2026-11-01T${hour}:15:00Z`) / 1_000,
      hour,
    );
    t.equal(
      Statement[0].Condition.DateGreaterThan['AWS:EpochTime'],
      Date.parse(`2026-11-01T${Number(hour) - 1}:00:00Z`) / 1_000,
      hour,
    );
  }
  t.end();
});

t.test('the bucket of the lab is open to nobody', (t) => {
  t.match(labTemplate('lab', newLabKeys().publicPems), {
    Resources: {
      Bucket: {
        Properties: {
          PublicAccessBlockConfiguration: {
            ...{ BlockPublicAcls: true, BlockPublicPolicy: true },
            ...{ IgnorePublicAcls: true, RestrictPublicBuckets: true },
          },
        },
      },
    },
  });
  t.end();
});

t.test('keys that are all there are deleted by one call', async (t) => {
  const client = new CloudFrontKeyValueStoreClient({});
  const updates: object[] = [];
  client.send = async (command: object) => {
    if (command instanceof UpdateKeysCommand) updates.push(command.input);
    return { ETag: 'e' };
  };
  await deleteKeys({ client, arn: 'a' }, ['alice', 'bob']);
  t.strictSame(updates, [{ KvsARN: 'a', IfMatch: 'e', Deletes: [{ Key: 'alice' }, { Key: 'bob' }] }]);
});

t.test('a key that other writers keep is tried ten times', async (t) => {
  const client = new CloudFrontKeyValueStoreClient({});
  let deletes = 0;
  client.send = async (command: object) => {
    if (!(command instanceof DeleteKeyCommand)) return { ETag: 'e' };
    if (deletes++ > 10) throw Object.assign(new Error(), { name: 'ResourceNotFoundException' });
    throw Object.assign(new Error(), { name: 'ConflictException' });
  };
  const message = 'the KeyValueStore keeps alice: ConflictException';
  await t.rejects(deleteKey({ client, arn: '' }, 'alice'), { message });
  t.equal(deletes, 10);
});

t.test('what the function of the lab has seen, and what it leaves out', async (t) => {
  let answer = '';
  const server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const stand = {
    ...{ origin: `http://127.0.0.1:${port}`, keyPairIds: { ec: 'KEC', rsa: 'KRSA' } },
    keyValues: { client: new CloudFrontKeyValueStoreClient({}), arn: '' },
  };
  const { signal } = new AbortController();
  const world = createLabWorld(stand, newLabKeys(), { figure: () => {}, signal });
  t.teardown(() => world.close());
  const own = { value: '1' };
  for (const [told, seen] of [
    [
      { request: { uri: '/x', querystring: { own }, cookies: { own, odd: 'text' } }, raw: 'own=1', value: 2 },
      { uri: '/x', querystring: { own }, cookies: { own }, raw: 'own=1', value: '2' },
    ],
    [{ request: { querystring: 'own', cookies: 'own' } }, { uri: '', querystring: {}, cookies: {}, raw: '' }],
    [{ request: 'text' }, { uri: '', querystring: {}, cookies: {}, raw: '' }],
  ]) {
    answer = JSON.stringify(told);
    t.strictSame(await world.event('/x', [], 'cookies'), seen, answer);
  }
  answer = '[]';
  await t.rejects(world.event('/x', [], 'cookies'), /^the lab: a function answers with something else$/);
});
