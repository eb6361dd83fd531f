import { Readable } from 'node:stream';
import { InvalidResultError } from '../functions/function-refusal.ts';
import {
  type FunctionResponse,
  type HeaderForm,
  type OriginUpdate,
  type PassedRequest,
  parseRequestResult,
  parseResponseResult,
  type SentBody,
} from '../functions/function-result.ts';
import type { LambdaEvent } from '../template/lambdas.ts';
import { isRecord } from '../template/shape.ts';
import type { HeaderFields } from '../viewer/answer.ts';
import { BODY_BYTES } from './lambda-event.ts';

/** Headers that a function may read but not change (DG: restrictions on edge functions). */
const READ_ONLY: Record<LambdaEvent, readonly string[]> = {
  'viewer-request': ['content-length', 'host', 'via'],
  'origin-request': [
    ...['accept-encoding', 'content-length', 'if-modified-since', 'if-none-match', 'if-range'],
    ...['if-unmodified-since', 'via'],
  ],
  'origin-response': ['via'],
  'viewer-response': ['via', 'warning'],
};

/** The most bytes of a response that a function makes, headers included (DG: quotas on Lambda@Edge). */
const RESPONSE_BYTES = { viewer: 40 * 1_024, origin: 1_024 * 1_024 };

function sideOf(event: LambdaEvent): 'viewer' | 'origin' {
  return event.startsWith('viewer') ? 'viewer' : 'origin';
}

function formOf(event: LambdaEvent): HeaderForm {
  return { readOnly: READ_ONLY[event], valuesOf };
}

function valuesOf(field: unknown): string[] {
  if (!Array.isArray(field)) throw new InvalidResultError('an entry of headers is not a list');
  return field.map((one: unknown) => {
    const value = isRecord(one) ? one['value'] : undefined;
    if (typeof value !== 'string') throw new InvalidResultError('an entry of headers has no value');
    return value;
  });
}

/** What the function got: its headers, those it did not see included. */
export interface Given {
  event: LambdaEvent;
  headers: HeaderFields;
  isHidden: (name: string) => boolean;
  /** The status that the function must leave as it is. */
  status?: number;
}

/** The headers of a result by lower-case name. What the function did not see stays, and what is read-only must be there. */
function headersIn(
  raw: Record<string, unknown>,
  { event, headers, isHidden }: Given,
): Record<string, unknown> {
  const fields = raw['headers'] ?? {};
  if (!isRecord(fields)) throw new InvalidResultError('headers is not an object');
  const named = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name.toLowerCase(), field]),
  );
  for (const name of READ_ONLY[event])
    if (headers.has(name) && !(name in named)) throw new InvalidResultError(`${name} cannot be removed`);
  if (event === 'viewer-request' && 'cloudfront-viewer-country' in named)
    throw new InvalidResultError('cloudfront-viewer-country is not for viewer-request functions');
  for (const [name, values] of headers) if (isHidden(name)) named[name] = values.map((value) => ({ value }));
  return named;
}

/**
 * The request or the response that a function of a request event gave.
 * @throws InvalidResultError
 */
export function parseLambdaRequest(
  raw: unknown,
  given: Given & { method: string },
): (PassedRequest & { text: string; raw: Record<string, unknown> }) | { response: FunctionResponse } {
  const result = objectOf(raw);
  if (result['status'] !== undefined) return { response: parseGenerated(result, given) };
  const { method, uri, querystring: text = '' } = result;
  if (typeof text !== 'string') throw new InvalidResultError('querystring is not a string');
  if (!/^[\x21\x22\x24-\x7e]*$/.test(text)) throw new InvalidResultError('querystring is not encoded');
  const headers = headersIn(result, given);
  const parsed = parseRequestResult({ method, uri, querystring: text, headers }, given, formOf(given.event));
  if ('response' in parsed) throw new InvalidResultError('neither a request nor a response was returned');
  return { ...parsed, text, raw: result };
}

function objectOf(raw: unknown): Record<string, unknown> {
  if (isRecord(raw)) return raw;
  throw new InvalidResultError('the JSON that was returned is not an object');
}

/** A response that a request trigger makes. */
function parseGenerated(result: Record<string, unknown>, { event }: Given): FunctionResponse {
  const given = { event, headers: new Map(), isHidden: () => false };
  const response = parseLambdaResponse(result, given);
  if (event === 'viewer-request' && response.status === 204 && response.body !== undefined)
    throw new InvalidResultError('a response with status 204 has a body');
  return response;
}

/**
 * The response that a function gave.
 * @throws InvalidResultError
 */
export function parseLambdaResponse(raw: unknown, given: Given): FunctionResponse {
  const result = objectOf(raw);
  const { status, statusDescription, body, bodyEncoding: encoding = 'text' } = result;
  const statusCode = typeof status === 'string' && /^\d{3}$/.test(status) ? Number(status) : status;
  if (encoding === 'base64') checkBase64(body);
  const headers = headersIn(result, given);
  // The body of a viewer-response function counts for nothing.
  const isKept = body === undefined || given.event === 'viewer-response';
  const response = parseResponseResult(
    { statusCode, statusDescription, headers, ...(isKept ? {} : { body: { encoding, data: body } }) },
    given.headers,
    formOf(given.event),
  );
  if (given.status !== undefined && response.status !== given.status)
    throw new InvalidResultError('a viewer-response function cannot change the status');
  const side = sideOf(given.event);
  if (!isKept && sizeOf(response) > RESPONSE_BYTES[side])
    throw new InvalidResultError(`the response is larger than ${RESPONSE_BYTES[side]} bytes`);
  return response;
}

function sizeOf({ headers, body }: FunctionResponse): number {
  let bytes = body?.length ?? 0;
  for (const [name, values] of headers) for (const value of values) bytes += name.length + value.length;
  return bytes;
}

function checkBase64(text: unknown): void {
  const isBase64 = typeof text === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  if (!isBase64) throw new InvalidResultError('body is not base64');
}

/** The body that a function puts in place of the viewer's. Undefined if it leaves the body as it is. */
export function parseReplacedBody(
  { body }: Record<string, unknown>,
  event: LambdaEvent,
): SentBody | undefined {
  if (!isRecord(body) || body['action'] !== 'replace') return undefined;
  const { encoding = 'base64', data = '' } = body;
  if (typeof data !== 'string') throw new InvalidResultError('body.data is not a string');
  if (encoding === 'base64') checkBase64(data);
  else if (encoding !== 'text') throw new InvalidResultError('body.encoding is neither text nor base64');
  // CloudFront cuts what is too long, and does not refuse it.
  const bytes = Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8').subarray(
    0,
    BODY_BYTES[sideOf(event)],
  );
  return { bytes: Readable.from([bytes]), length: bytes.length };
}

/**
 * The origin that an origin-request function chose. Undefined if it is the one of the event.
 * @throws InvalidResultError
 */
export function parseChosenOrigin(raw: unknown, told: unknown): OriginUpdate | undefined {
  if (raw === undefined || JSON.stringify(raw) === JSON.stringify(told)) return undefined;
  const kinds = isRecord(raw) ? Object.entries(raw) : [];
  const [kind, origin] = kinds[0] ?? [];
  if (kinds.length !== 1 || (kind !== 's3' && kind !== 'custom') || !isRecord(origin))
    throw new InvalidResultError('origin is not exactly one of s3 and custom');
  const { domainName, path = '', port, protocol, readTimeout, customHeaders = {} } = origin;
  if (typeof domainName !== 'string' || !/^[^:/]+$/.test(domainName))
    throw new InvalidResultError('origin.domainName is not a domain name');
  if (typeof path !== 'string' || !/^(?:\/.*[^/])?$/.test(path))
    throw new InvalidResultError('origin.path does not begin with a slash, or ends with one');
  const isPort =
    typeof port === 'number' && (port === 80 || port === 443 || (port >= 1_024 && port <= 65_535));
  if (kind === 'custom' && !isPort)
    throw new InvalidResultError('origin.port is not 80, 443 or from 1024 to 65535');
  if (kind === 'custom' && protocol !== 'http' && protocol !== 'https')
    throw new InvalidResultError('origin.protocol is neither http nor https');
  const seconds = typeof readTimeout === 'number' ? { responseTimeoutSeconds: readTimeout } : {};
  const headers = customHeadersIn(customHeaders);
  return { domainName, path, isS3: kind === 's3', ...seconds, customHeaders: headers };
}

function customHeadersIn(raw: unknown): Record<string, string> {
  if (!isRecord(raw)) throw new InvalidResultError('origin.customHeaders is not an object');
  return Object.fromEntries(
    Object.entries(raw).map(([name, field]) => [name.toLowerCase(), valuesOf(field).join(', ')]),
  );
}
