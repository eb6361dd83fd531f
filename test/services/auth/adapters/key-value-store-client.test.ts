import process from 'node:process';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { createKeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { surroundings } from '../../../../services/auth/surroundings.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import {
  DETAILS_TABLE_NAME,
  KEY_VALUE_STORE_ARN,
  REGION,
  STORE_CREDENTIALS,
  TABLE_NAME,
} from '../support/service.ts';

/** A server between, in a thread of its own. It ends all connections while the thread of the test is frozen. */
const BETWEEN = `
const { createServer, connect } = require('node:net');
const { parentPort } = require('node:worker_threads');
let behindPort;
const open = new Set();
const server = createServer((socket) => {
  const behind = connect(behindPort, '127.0.0.1');
  socket.pipe(behind).pipe(socket);
  open.add(socket);
  for (const each of [socket, behind]) each.on('error', () => {}).on('close', () => { behind.destroy(); open.delete(socket); });
});
parentPort.on('message', (done) => {
  if (typeof done === 'number') { behindPort = done; return; }
  const all = [...open];
  let left = all.length;
  const ended = () => { if (--left > 0) return; Atomics.store(done, 0, 1); Atomics.notify(done, 0); };
  if (left === 0) { left = 1; ended(); }
  for (const socket of all) { socket.on('close', ended); socket.resetAndDestroy(); }
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

t.test('connections that died while the process was frozen cost no write', async (t) => {
  const between = new Worker(BETWEEN, { eval: true });
  t.teardown(() => between.terminate());
  const port = await new Promise<number>((resolve) => between.once('message', resolve));
  const api = createKeyValueStoreApi({
    stores: { [KEY_VALUE_STORE_ARN]: createKeyValueStore() },
    credentials: [STORE_CREDENTIALS],
  });
  between.postMessage((await api.listen(0, port)).port);
  t.teardown(() => api.close());
  const { accessKeyId, secretAccessKey } = STORE_CREDENTIALS;
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  const { stores } = surroundings({
    tableName: TABLE_NAME,
    detailsTableName: DETAILS_TABLE_NAME,
    keyValueStore: { arn: KEY_VALUE_STORE_ARN, endpoint: `http://localhost:${port}` },
  });
  const freeze = () => {
    const done = new Int32Array(new SharedArrayBuffer(4));
    between.postMessage(done);
    Atomics.wait(done, 0, 0, 10_000);
    t.equal(done[0], 1, 'all connections have ended');
  };
  let { version } = await stores.edge.describe();
  for (let use = 0; use < 4; use++) {
    // Two connections, as a process has them after a busy moment.
    await Promise.all([stores.edge.describe(), stores.edge.describe()]);
    freeze();
    const answer = await stores.edge.write(version, [{ key: `u-${use}`, entry: '0,1,|0,' }]);
    t.ok(answer, 'written on the version that was read');
    if (answer) version = answer.version;
  }
});
