import type { IncomingMessage } from 'node:http';
import {
  type KeyValueChanges,
  type KeyValueStore,
  KeyValueStoreError,
} from '../../../edge/local/functions/key-value-store.ts';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { parseQuery } from '../store/uri.ts';

export class UnknownOperationError extends Error {
  readonly code = 'UnknownOperationException';
}

/**
 * One operation of the CloudFront KeyValueStore API, as AWS's reference describes it.
 * @param target undefined for the store itself; without a key for all keys of the store
 * @throws KeyValueStoreError, UnknownOperationError
 */
export function operate(
  store: KeyValueStore,
  arn: string,
  request: IncomingMessage,
  target: { key: string | undefined } | undefined,
  body: Buffer,
): { output: object; hasEtag: boolean } {
  const { method } = request;
  const counts = () => {
    const { itemCount, totalBytes } = store.describe();
    return { ItemCount: itemCount, TotalSizeInBytes: totalBytes };
  };
  const update = (changes: KeyValueChanges) => {
    const ifMatch = request.headers['if-match'];
    if (ifMatch === undefined) throw new KeyValueStoreError('ValidationException', 'If-Match is missing.');
    store.update(changes, ifMatch);
    return { output: counts(), hasEtag: true };
  };
  if (!target && method === 'GET') {
    const { createdAtMs, lastModifiedAtMs } = store.describe();
    const times = { Created: createdAtMs / 1_000, LastModified: lastModifiedAtMs / 1_000 };
    return { output: { ...counts(), KvsARN: arn, Status: 'READY', ...times }, hasEtag: true };
  }
  if (target && target.key === undefined) {
    if (method === 'GET') return { output: listKeys(store, request.url ?? ''), hasEtag: false };
    if (method === 'POST') return update(parseUpdate(body));
  }
  if (target?.key !== undefined) {
    const { key } = target;
    if (method === 'PUT') return update({ puts: [{ key, value: parsePut(body) }], deletes: [] });
    if (method === 'DELETE') return update({ puts: [], deletes: [key] });
    if (method === 'GET') {
      const value = store.get(key);
      if (value === undefined)
        throw new KeyValueStoreError('ResourceNotFoundException', 'The key is not there.');
      return { output: { Key: key, Value: value, ...counts() }, hasEtag: false };
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
