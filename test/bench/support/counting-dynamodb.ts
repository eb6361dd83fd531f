import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { DUE_INDEX } from '../../../services/auth/table/dynamodb.ts';

export interface Units {
  writes: number;
  reads: number;
}

const READS = ['GetItem', 'Query'];

/** dynalite behind a gate that adds up what DynamoDB would charge: `ConsumedCapacity`, and the index. */
export async function startCountingDynamoDb(t: { teardown(fn: () => void): void }) {
  const database = dynalite({ createTableMs: 0 });
  database.listen(0, '127.0.0.1');
  await once(database, 'listening');
  const behind = `http://127.0.0.1:${portOf(database.address())}`;
  /** The place of each item in the index. */
  const places = new Map<string, string>();
  let units: Units = { writes: 0, reads: 0 };

  function indexWrites(operation: string, request: Record<string, unknown>): number {
    const pk = JSON.stringify(memberOf(request['Item'] ?? request['Key'], 'pk'));
    const before = places.get(pk);
    const due = memberOf(request['Item'], DUE_INDEX.partitionKey);
    const after =
      due === undefined ? undefined : JSON.stringify([due, memberOf(request['Item'], DUE_INDEX.sortKey)]);
    if (operation === 'UpdateItem' || before === after) return 0;
    if (after === undefined) places.delete(pk);
    else places.set(pk, after);
    // Another sort key is another item: the old one is deleted, and the new one is written.
    return before === undefined || after === undefined ? 1 : 2;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const body: unknown = JSON.parse((await buffer(request)).toString());
    const isItem = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].includes(operation);
    const isOfIndex = memberOf(body, 'IndexName') !== undefined;
    const isCounted = isItem || (operation === 'Query' && !isOfIndex);
    const asked = isRecord(body) && isCounted ? { ...body, ReturnConsumedCapacity: 'TOTAL' } : body;
    const headers = { ...pick(request, ['authorization', 'x-amz-date', 'x-amz-target', 'content-type']) };
    const answered = await fetch(behind, { method: 'POST', headers, body: JSON.stringify(asked) });
    const text = await answered.text();
    const parsed: unknown = JSON.parse(text);
    // A page of keys of the index, read as it is at some time. A write whose condition fails costs a unit too.
    const consumed = isOfIndex ? 0.5 : memberOf(memberOf(parsed, 'ConsumedCapacity'), 'CapacityUnits');
    const kind = READS.includes(operation) ? 'reads' : 'writes';
    const ofIndex =
      answered.ok && isRecord(asked) && kind === 'writes' && isItem ? indexWrites(operation, asked) : 0;
    if (isItem || operation === 'Query') units[kind] += Number(consumed ?? 1) + ofIndex;
    response.writeHead(answered.status, {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': answered.headers.get('x-amzn-requestid') ?? '',
    });
    response.end(text);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const each of [server, database]) {
      each.closeAllConnections();
      each.close();
    }
  });
  return {
    endpoint: `http://127.0.0.1:${portOf(server.address())}`,
    /** The units since the last call. */
    take(): Units {
      const taken = units;
      units = { writes: 0, reads: 0 };
      return taken;
    },
  };
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function pick({ headers }: IncomingMessage, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')]));
}

function portOf(address: unknown): number {
  if (!isRecord(address)) throw new Error('a server on a port has an address');
  return Number(address['port']);
}
