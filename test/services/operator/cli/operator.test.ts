import { DeleteKeyCommand, DescribeKeyValueStoreCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import t from 'tap';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import type { EdgeTeller, Told } from '../../../../services/auth/revocations/edge-teller.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/surroundings.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { parseId } from '../../../../services/operator/cli/command-line.ts';
import { openOperator, signOutAtOnce } from '../../../../services/operator/cli/probe.ts';
import { deleteKeys, type KeyValuePlace } from '../../../../services/operator/probe/key-values.ts';
import { freePorts } from '../../../support/ports.ts';
import { startStoreProxy } from '../../../support/store-proxy.ts';
import { createMemoryStores } from '../../auth/support/memory-stores.ts';
import { startForgetting } from './support/forget.ts';

t.test('one user of many who fails keeps none of the others', async (t) => {
  const [port = 0, behindPort = 0] = await freePorts(2);
  let mayDelete = true;
  await startStoreProxy(
    t,
    { port, behindPort },
    ({ headers }) => mayDelete || !String(headers['x-amz-target']).endsWith('.DeleteItem'),
  );
  const options = { env: { DYNAMODB_PORT: String(port) }, behind: { dynamodb: behindPort } };
  const { stack, stores } = await startForgetting(t, options);
  const operator = await openOperator(readRunning(stack.directory), stack.directory);
  const [newer, one, two] = [parseId('newer'), parseId('one'), parseId('two')];
  // A version after this one wrote the first record.
  await stores.users.write(newer, 0, Object.assign({}, NEW_USER, { format: 99 }));
  const { told, words } = await operator.signOutAtOnce([newer, one, two]);
  t.equal(told, 2);
  t.match(words, /^2 told within the time that a person waits, the last one after \d+ ms, 1 failed$/);

  t.comment('records that stay in the table do not keep the entries of the edge');
  mayDelete = false;
  await t.rejects(operator.removeRecords([one, two]), {
    message: 'these records could not be removed: one, two',
  });
  t.strictSame(stack.keyValueStore.entries(), []);
  await operator.putEntry(one, '0,|0,');
  await t.rejects(operator.remove(one));
  t.strictSame(stack.keyValueStore.entries(), []);
});

t.test('an edge that is late is asked for a minute', async (t) => {
  const signOut = async (answers: Told[]) => {
    let now = Date.now();
    const answer = async () => {
      now += 20_000;
      return answers.shift() ?? 'told';
    };
    const teller: EdgeTeller = Object.assign(Object.create(null), { tell: answer });
    const stores = { ...createMemoryStores(), teller, clock: { ...SYSTEM_CLOCK, now: () => now } };
    return signOutAtOnce(stores, [parseId('one')]);
  };
  const late = (seconds: number) =>
    `told within the time that a person waits, the last one after ${seconds}000 ms`;
  t.strictSame(await signOut(['told', 'pending']), { told: 1, words: `1 ${late(20)}` }, 'at once');
  t.strictSame(await signOut(['pending', 'pending']), { told: 1, words: `0 ${late(60)}` });
  t.strictSame(await signOut(['pending', 'pending', 'pending']), { told: 0, words: `0 ${late(60)}` });
});

t.test('a key that the KeyValueStore keeps does not keep the others', async (t) => {
  const deleted: unknown[] = [];
  // The local KeyValueStore deletes every key, so this one is made up.
  const client = {
    async send(command: unknown) {
      if (command instanceof DescribeKeyValueStoreCommand) return { ETag: '1' };
      const key = command instanceof DeleteKeyCommand ? command.input.Key : undefined;
      if (key === undefined || key === 'b') throw Object.assign(new Error('no'), { name: 'InternalError' });
      deleted.push(key);
      return {};
    },
  } as unknown as KeyValuePlace['client'];
  await t.rejects(deleteKeys({ client, arn: 'arn' }, ['a', 'b', 'c']), {
    message: 'the KeyValueStore keeps b',
  });
  t.strictSame(deleted, ['a', 'c']);
});
