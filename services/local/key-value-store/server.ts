import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type KeyValueChanges,
  type KeyValueStore,
  KeyValueStoreError,
} from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import type { Credentials } from '../store/credentials.ts';
import {
  BodyTooLargeError,
  createStoreServer,
  diskFault,
  type LocalServer,
  readBody,
} from '../store/http.ts';
import { exceptionOf, SignatureError, verifySignature } from '../store/signature-v4.ts';
import { InvalidUriError, parseQuery } from '../store/uri.ts';

/** The quota of one update (DG: cloudfront-limits, "Quotas on key value stores"). */
const UPDATE_BYTES = 3 * 1_024 * 1_024;

/** HTTP status of each error (CloudFront KeyValueStore API Reference, "Common errors" and each operation's). */
const STATUSES: Record<KeyValueStoreError['code'], number> = {
  ConflictException: 409,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ValidationException: 400,
};

/**
 * The data-plane API of CloudFront KeyValueStore as its SDK clients use it: GetKey, PutKey, DeleteKey, ListKeys,
 * UpdateKeys and DescribeKeyValueStore. It refuses every browser (any `Origin`), and every request without a valid
 * signature (version 4A) of one of the credentials.
 * @param options.stores by ARN
 */
export function createKeyValueStoreApi(options: {
  stores: Readonly<Record<string, KeyValueStore>>;
  credentials: Credentials[];
  now?: () => number;
}): LocalServer {
  const { stores, credentials, now = Date.now } = options;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, UPDATE_BYTES);
    const signed = { service: 'cloudfront-keyvaluestore', region: '*', acting: ['if-match'] };
    verifySignature(request, { ...signed, credentials, payload: body, nowMs: now() });
    const [path = ''] = (request.url ?? '').split('?');
    const [, first, arn = '', keys, key, ...more] = path.split('/').map(decodeSegment);
    const isKnown =
      first === 'key-value-stores' && arn !== '' && (keys ?? 'keys') === 'keys' && more.length === 0;
    if (!isKnown) throw new UnknownOperationError('There is no such operation.');
    const store = Object.hasOwn(stores, arn) ? stores[arn] : undefined;
    if (!store) throw new KeyValueStoreError('ResourceNotFoundException', `There is no store ${arn}.`);
    const output = operate(store, { arn, hasKeys: keys !== undefined, key }, request, body);
    const { etag } = store.describe();
    response.writeHead(200, { ...headers(), etag });
    response.end(JSON.stringify(output));
  }

  return createStoreServer('store', answer, sendError, now);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new InvalidUriError('The path is not percent-encoded UTF-8.', { cause });
  }
}

/** AWS numbers each of its answers. Clients see by this that an answer is from AWS. */
function headers() {
  return { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
}

function sendError(response: ServerResponse, error: unknown): void {
  const [status, type] = statusOf(error);
  const internal = `Internal server error: ${diskFault(error) ?? 'try again'}.`;
  const message = error instanceof Error && status !== 500 ? error.message : internal;
  response.writeHead(status, { ...headers(), 'x-amzn-errortype': type });
  response.end(JSON.stringify({ Message: message }));
}

function statusOf(error: unknown): [status: number, type: string] {
  if (error instanceof KeyValueStoreError) return [STATUSES[error.code], error.code];
  if (error instanceof SignatureError) return [403, exceptionOf(error)];
  if (error instanceof UnknownOperationError) return [404, error.code];
  if (error instanceof BodyTooLargeError || error instanceof InvalidUriError)
    return [400, 'ValidationException'];
  return [500, 'InternalServerException'];
}

class UnknownOperationError extends Error {
  readonly code = 'UnknownOperationException';
}

/** What a request is about. */
interface Target {
  arn: string;
  /** It is about the entries, not the store itself. */
  hasKeys: boolean;
  /** Undefined for all keys. */
  key: string | undefined;
}

/**
 * One operation of the CloudFront KeyValueStore API, as AWS's reference describes it.
 * @throws KeyValueStoreError, UnknownOperationError
 */
function operate(
  store: KeyValueStore,
  { arn, hasKeys, key }: Target,
  request: IncomingMessage,
  body: Buffer,
): object {
  const { method } = request;
  const counts = () => {
    const { itemCount, totalBytes } = store.describe();
    return { ItemCount: itemCount, TotalSizeInBytes: totalBytes };
  };
  const update = (changes: KeyValueChanges) => {
    const ifMatch = request.headers['if-match'];
    if (ifMatch === undefined) throw new KeyValueStoreError('ValidationException', 'If-Match is missing.');
    store.update(changes, ifMatch);
    return counts();
  };
  if (!hasKeys && method === 'GET') {
    const { createdAtMs, lastModifiedAtMs } = store.describe();
    const times = { Created: createdAtMs / 1_000, LastModified: lastModifiedAtMs / 1_000 };
    return { ...counts(), KvsARN: arn, Status: 'READY', ...times };
  }
  if (hasKeys && key === undefined) {
    if (method === 'GET') return listKeys(store, request.url ?? '');
    if (method === 'POST') return update(parseUpdate(body));
  }
  if (key !== undefined) {
    if (method === 'PUT') return update({ puts: [{ key, value: parsePut(body) }], deletes: [] });
    if (method === 'DELETE') return update({ puts: [], deletes: [key] });
    if (method === 'GET') {
      const value = store.get(key);
      if (value === undefined)
        throw new KeyValueStoreError('ResourceNotFoundException', 'The key is not there.');
      return { Key: key, Value: value, ...counts() };
    }
  }
  throw new UnknownOperationError('There is no such operation.');
}

/** The page of keys that follows the key in NextToken. */
function listKeys(store: KeyValueStore, url: string): object {
  const query = new Map(parseQuery(url));
  const limit = Number(query.get('MaxResults') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 50) {
    throw new KeyValueStoreError('ValidationException', 'MaxResults must be 1 to 50.');
  }
  const token = query.get('NextToken');
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString();
  const rest = store.entries().filter(([key]) => key > after);
  const page = rest.slice(0, limit);
  const [lastKey] = page.at(-1) ?? [];
  return {
    Items: page.map(([Key, Value]) => ({ Key, Value })),
    ...(rest.length > limit && lastKey !== undefined
      ? { NextToken: Buffer.from(lastKey).toString('base64url') }
      : {}),
  };
}

function parsePut(body: Buffer): string {
  return textOf(parseObject(body), 'Value');
}

function parseUpdate(body: Buffer): KeyValueChanges {
  const { Puts: puts, Deletes: deletes } = parseObject(body);
  return {
    puts: records(puts).map((put) => ({ key: textOf(put, 'Key'), value: textOf(put, 'Value') })),
    deletes: records(deletes).map((deletion) => textOf(deletion, 'Key')),
  };
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (isRecord(parsed)) return parsed;
  } catch {
    // Refused below, like JSON that is not an object.
  }
  throw new KeyValueStoreError('ValidationException', 'The body is not a JSON object.');
}

function records(value: unknown): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw new KeyValueStoreError('ValidationException', 'Puts and Deletes must be lists of objects.');
}

function textOf(record: Record<string, unknown>, name: string): string {
  const value = record[name];
  if (typeof value === 'string') return value;
  throw new KeyValueStoreError('ValidationException', `${name} must be a string.`);
}
