import { once } from 'node:events';
import { createServer, IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import dynalite from 'dynalite';
import { defined } from '../../../../core/defined.ts';
import { isRecord } from '../../../../edge/local/template/shape.ts';
import { DUE_INDEX } from '../../../../services/auth/table/dynamodb.ts';
import { readBody } from '../../../../services/local/store/http.ts';

/** The capacity of one item, and of one partition, in a second (DynamoDB Developer Guide, "partition-key design"). */
const WRITE_UNITS_A_SECOND = 1_000;
const READ_UNITS_A_SECOND = 3_000;
export const WRITE_UNIT_BYTES = 1_024;
export const READ_UNIT_BYTES = 4_096;
const LIMIT_BYTES = 16 * 1_024 * 1_024;

export interface Call {
  /** Such as `PutItem`. */
  operation: string;
  /** The key of the one item that it reads or writes. */
  item?: string;
  outcome: 'done' | 'condition' | 'throttled' | 'failed';
}

export interface ThrottledDynamoDb {
  endpoint: string;
  /** All calls so far; a test may empty it. */
  calls: Call[];
  close(): Promise<void>;
}

/**
 * dynalite behind a gate that throttles each item, and each partition of the index, as AWS does. A failed conditional
 * write costs as much as a successful one. The gate checks no signature.
 */
export async function startThrottledDynamoDb(now = Date.now): Promise<ThrottledDynamoDb> {
  const database = dynalite({ createTableMs: 0 });
  const calls: Call[] = [];
  const sizes = new Map<string, number>();
  const writes = createBuckets(WRITE_UNITS_A_SECOND, now);
  const reads = createBuckets(READ_UNITS_A_SECOND, now);
  const indexWrites = createBuckets(WRITE_UNITS_A_SECOND, now);
  /** The partition of the index in which each item is. */
  const partitions = new Map<string, string>();

  /** Whether the item of this call has capacity left now. */
  function isAdmitted(operation: string, request: Record<string, unknown>): boolean {
    const pk = stringOf(request['Key'] ?? request['Item'], 'pk');
    if (pk === undefined) return true;
    const known = sizes.get(pk) ?? 0;
    if (operation === 'GetItem') return reads(pk, known / READ_UNIT_BYTES);
    const size = operation === 'PutItem' ? sizeOf(request['Item']) : known;
    if (operation === 'PutItem') {
      // An index that is throttled refuses the write of the table.
      const [from, to] = [partitions.get(pk), stringOf(request['Item'], DUE_INDEX.partitionKey)];
      if ([from, to].some((partition) => partition !== undefined && !indexWrites(partition, 1))) return false;
      if (to === undefined) partitions.delete(pk);
      else partitions.set(pk, to);
    }
    if (!writes(pk, Math.max(size, known) / WRITE_UNIT_BYTES)) return false;
    // If the condition of the write fails, this size is wrong by one session at most.
    sizes.set(pk, size);
    return true;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readBody(request, LIMIT_BYTES)) ?? Buffer.of();
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const parsed: unknown = JSON.parse(body.toString());
    const item = isRecord(parsed) ? stringOf(parsed['Key'] ?? parsed['Item'], 'pk') : undefined;
    const call: Call = { operation, ...defined({ item }), outcome: 'done' };
    const end = response.end.bind(response);
    response.end = (...given: unknown[]) => {
      if (call.outcome === 'done' && response.statusCode !== 200) {
        call.outcome = String(given[0]).includes('ConditionalCheckFailed') ? 'condition' : 'failed';
      }
      calls.push(call);
      return Reflect.apply(end, response, given);
    };
    if (isRecord(parsed) && !isAdmitted(operation, parsed)) {
      call.outcome = 'throttled';
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      response.end(JSON.stringify({ __type, message: 'One item is asked for too much.' }));
      return;
    }
    database.emit('request', withBody(request, body), response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  // Clients keep their connections.
  server.keepAliveTimeout = 60_000;
  server.listen({ host: '127.0.0.1', port: 0, backlog: 2_048 });
  await once(server, 'listening');
  const { port } = parseAddress(server.address());
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A bucket for each key. It holds the capacity of one second. */
export function createBuckets(unitsASecond: number, now: () => number) {
  const buckets = new Map<string, { units: number; atMs: number }>();
  return (key: string, rawUnits: number): boolean => {
    const units = Math.max(1, Math.ceil(rawUnits));
    const atMs = now();
    const before = buckets.get(key) ?? { units: unitsASecond, atMs };
    const filled = Math.min(unitsASecond, before.units + ((atMs - before.atMs) / 1_000) * unitsASecond);
    const isEnough = filled >= units;
    buckets.set(key, { units: isEnough ? filled - units : filled, atMs });
    return isEnough;
  };
}

function stringOf(attributes: unknown, name: string): string | undefined {
  const attribute = isRecord(attributes) ? attributes[name] : undefined;
  return isRecord(attribute) ? String(attribute['S']) : undefined;
}

/** The size of names and values as DynamoDB counts them, within a few bytes. */
function sizeOf(item: unknown): number {
  return JSON.stringify(item).length;
}

/** The request again, now that its body has been read. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(new Socket());
  copy.method = request.method ?? '';
  copy.url = request.url ?? '';
  copy.headers = request.headers;
  copy.push(body);
  copy.push(null);
  return copy;
}

function parseAddress(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('a server on a port has an address');
  return address;
}
