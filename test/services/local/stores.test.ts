import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { readTemplate } from '../../../edge/local/template/template.ts';
import { createReserve } from '../../../services/local/store/reserve.ts';
import { createTables, openKeyValueStore } from '../../../services/local/stores.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { ACCOUNT_ID, REGION, TEMPLATE } from './support/local-s3.ts';

t.test('the store of the edge keeps its entries over a start, and puts a damaged file aside', async (t) => {
  const directory = temporaryDirectory(t);
  const template = readTemplate(TEMPLATE, { region: REGION, accountId: ACCOUNT_ID });
  const open = () => openKeyValueStore(directory, template, 0, createReserve(`${directory}/reserve`));
  const first = open();
  const { logicalId, ref } = template.only('AWS::CloudFront::KeyValueStore');
  t.equal(first.logicalId, logicalId);
  t.equal(first.arn, `arn:aws:cloudfront::${ACCOUNT_ID}:key-value-store/${ref}`);
  t.strictSame(first.store.entries(), []);
  first.store.update({ puts: [{ key: 'a', value: '1' }], deletes: [] }, first.store.describe().etag);
  t.strictSame(open().store.entries(), [['a', '1']]);
  t.equal(open().store.describe().etag, first.store.describe().etag, 'a writer may go on after it');
  const file = join(directory, 'key-value-store.json');
  for (const left of ['{}', 'null', '{"entries":1}', '{']) {
    writeFileSync(file, left);
    t.strictSame(open().store.entries(), [], left);
    t.equal(readFileSync(`${file}.bad`, 'utf8'), left);
  }
});

t.test('tables that exist stay, and no connection is left open', async (t) => {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request: IncomingMessage, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    asked.push(operation);
    sockets.add(request.socket);
    const isMaking = operation === 'CreateTable';
    const body = isMaking ? { __type: 'ResourceInUseException' } : { Table: { TableStatus: 'ACTIVE' } };
    response.writeHead(isMaking ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(body));
  });
  // The server itself ends no connection.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const template = readTemplate(TEMPLATE, { region: REGION, accountId: ACCOUNT_ID });
  const made = await createTables(template, { accessKeyId: 'a', secretAccessKey: 'b' }, endpoint);
  t.match(made, { tableName: /./, detailsTableName: /./ });
  t.strictSame(asked, ['CreateTable', 'DescribeTable', 'CreateTable', 'DescribeTable']);
  for (const socket of sockets) if (!socket.destroyed) await once(socket, 'close');
});
