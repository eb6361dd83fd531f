import type { IncomingMessage } from 'node:http';
import {
  type KeyValueChanges,
  type KeyValueStore,
  KeyValueStoreError,
} from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import type { Credentials } from '../store/credentials.ts';
import { AwsError } from '../store/error.ts';
import type { LocalServer } from '../store/http.ts';
import { createJsonApi } from '../store/json-api.ts';
import { decode, parseQuery } from '../store/uri.ts';

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
 * UpdateKeys and DescribeKeyValueStore, signed with version 4A.
 * @param options.stores by ARN
 */
export function createKeyValueStoreApi(options: {
  stores: Readonly<Record<string, KeyValueStore>>;
  credentials: Credentials[];
  now?: () => number;
}): LocalServer {
  const { stores, ...signed } = options;
  return createJsonApi({
    ...{ ...signed, name: 'store', service: 'cloudfront-keyvaluestore', region: '*', acting: ['if-match'] },
    limitBytes: UPDATE_BYTES,
    errors: {
      malformed: 'ValidationException',
      tooLarge: invalid('The body is too large.'),
      failed: 'InternalServerException',
    },
    answer(request, body) {
      const [path = ''] = (request.url ?? '').split('?');
      const [, first, arn = '', keys, key, ...more] = path.split('/').map(decode);
      const isKnown =
        first === 'key-value-stores' && arn !== '' && (keys ?? 'keys') === 'keys' && more.length === 0;
      if (!isKnown) throw unknownOperation();
      const store = Object.hasOwn(stores, arn) ? stores[arn] : undefined;
      if (!store) throw new AwsError(404, 'ResourceNotFoundException', `There is no store ${arn}.`);
      try {
        const output = operate(store, { arn, hasKeys: keys !== undefined, key }, request, body);
        return { headers: { etag: store.describe().etag }, body: output };
      } catch (error) {
        if (!(error instanceof KeyValueStoreError)) throw error;
        throw new AwsError(STATUSES[error.code], error.code, error.message);
      }
    },
  });
}

function unknownOperation(): AwsError {
  return new AwsError(404, 'UnknownOperationException', 'There is no such operation.');
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'ValidationException', message);
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
 * @throws KeyValueStoreError, AwsError
 */
function operate(
  store: KeyValueStore,
  { arn, hasKeys, key }: Target,
  request: IncomingMessage,
  body: Buffer,
): object {
  const counts = () => {
    const { itemCount, totalBytes } = store.describe();
    return { ItemCount: itemCount, TotalSizeInBytes: totalBytes };
  };
  const update = (changes: KeyValueChanges) => {
    const ifMatch = request.headers['if-match'];
    if (ifMatch === undefined) throw invalid('If-Match is missing.');
    store.update(changes, ifMatch);
    return counts();
  };
  switch (`${request.method} ${hasKeys ? (key === undefined ? 'keys' : 'key') : 'store'}`) {
    case 'GET store': {
      const { createdAtMs, lastModifiedAtMs } = store.describe();
      const times = { Created: createdAtMs / 1_000, LastModified: lastModifiedAtMs / 1_000 };
      return { ...counts(), KvsARN: arn, Status: 'READY', ...times };
    }
    case 'GET keys':
      return listKeys(store, request.url ?? '');
    case 'POST keys': {
      const { Puts: puts, Deletes: deletes } = parseObject(body);
      return update({
        puts: records(puts).map((put) => ({ key: textOf(put, 'Key'), value: textOf(put, 'Value') })),
        deletes: records(deletes).map((deletion) => textOf(deletion, 'Key')),
      });
    }
    case 'PUT key':
      return update({ puts: [{ key: key ?? '', value: textOf(parseObject(body), 'Value') }], deletes: [] });
    case 'DELETE key':
      return update({ puts: [], deletes: [key ?? ''] });
    case 'GET key': {
      const value = store.get(key ?? '');
      if (value === undefined) throw new AwsError(404, 'ResourceNotFoundException', 'The key is not there.');
      return { Key: key, Value: value, ...counts() };
    }
    default:
      throw unknownOperation();
  }
}

/** The page of keys that follows the key in NextToken. */
function listKeys(store: KeyValueStore, url: string): object {
  const query = new Map(parseQuery(url));
  const limit = Number(query.get('MaxResults') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 50) throw invalid('MaxResults must be 1 to 50.');
  const after = Buffer.from(query.get('NextToken') ?? '', 'base64url').toString();
  const rest = store.entries().filter(([key]) => key > after);
  const page = rest.slice(0, limit);
  const [lastKey = ''] = page.at(-1) ?? [];
  return {
    Items: page.map(([Key, Value]) => ({ Key, Value })),
    ...(rest.length > limit ? { NextToken: Buffer.from(lastKey).toString('base64url') } : {}),
  };
}

/** @throws SyntaxError if the body is no JSON */
function parseObject(body: Buffer): Record<string, unknown> {
  const parsed: unknown = JSON.parse(body.toString());
  if (isRecord(parsed)) return parsed;
  throw invalid('The body is not a JSON object.');
}

function records(value: unknown): Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw invalid('Puts and Deletes must be lists of objects.');
}

function textOf(record: Record<string, unknown>, name: string): string {
  const value = record[name];
  if (typeof value === 'string') return value;
  throw invalid(`${name} must be a string.`);
}
