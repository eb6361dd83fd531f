import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  KEY_VALUE_QUOTAS,
  type KeyValueStore,
  KeyValueStoreError,
} from '../../../edge/local/functions/key-value-store.ts';
import type { Credentials } from '../store/credentials.ts';
import { diskFault } from '../store/disk-fault.ts';
import { BodyTooLargeError, readBody } from '../store/http.ts';
import { exceptionOf, SignatureError } from '../store/signature-claim.ts';
import { verifySignatureV4a } from '../store/signature-v4a.ts';
import { createStoreServer, type StoreServer } from '../store/store-server.ts';
import { InvalidUriError } from '../store/uri.ts';
import { operate, UnknownOperationError } from './operations.ts';

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
}): StoreServer {
  const { stores, credentials, now = Date.now } = options;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, KEY_VALUE_QUOTAS.updateBytes);
    const signature = { service: 'cloudfront-keyvaluestore', acting: ['if-match'], nowMs: now() };
    verifySignatureV4a(request, body, credentials, signature);
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [root, first, arn = '', keys, key, ...more] = path.split('/').map(decodeSegment);
    const isKnown =
      root === '' &&
      first === 'key-value-stores' &&
      arn !== '' &&
      (keys ?? 'keys') === 'keys' &&
      more.length === 0;
    if (!isKnown) throw new UnknownOperationError('There is no such operation.');
    const store = Object.hasOwn(stores, arn) ? stores[arn] : undefined;
    if (!store) throw new KeyValueStoreError('ResourceNotFoundException', `There is no store ${arn}.`);
    const given = operate(store, arn, request, keys === undefined ? undefined : { key }, body);
    const { etag } = store.describe();
    response.writeHead(200, { ...headers(), ...(given.hasEtag ? { etag } : {}) });
    response.end(JSON.stringify(given.output));
  }

  return createStoreServer('store', answer, sendError);
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
