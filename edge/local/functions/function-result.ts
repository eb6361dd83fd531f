import { validateHeaderValue } from 'node:http';
import { isRecord } from '../template/shape.ts';
import type { HeaderFields } from '../viewer/answer.ts';
import { isDisallowed, isHopByHop, type Pairs, queryPairs } from './function-event.ts';
import { invalid } from './function-refusal.ts';

/** The request that a viewer-request function hands on. */
export interface PassedRequest {
  uri: string;
  querystring: Pairs;
  headers: HeaderFields;
  /** Missing if the behavior takes no cookies to the origin. */
  cookies?: Pairs;
  /** The origin that the function chose. */
  originId?: string | undefined;
}

/** The answer that a function gives. Without a body, the object's body stays. */
export interface FunctionResponse {
  status: number;
  statusText?: string;
  headers: HeaderFields;
  body?: Buffer;
}

/** Functions may read these headers but not change them (DG: restrictions on edge functions). */
const READ_ONLY = { request: ['content-length', 'host', 'via'], response: ['via', 'warning'] };

/** The limit for URI and query, in characters (DG: restrictions on edge functions). */
const URI_LIMIT = 8_192;

/**
 * @param result as it came out of the function. A value of `undefined` is missing, as in JSON
 * @throws InvalidResultError
 */
export function parseRequestResult(
  result: unknown,
  given: { method: string; headers: HeaderFields; takesCookies?: boolean },
): PassedRequest | { response: FunctionResponse } {
  if (!isRecord(result)) invalid('neither a request nor a response was returned');
  const { statusCode, method, uri } = result;
  if (statusCode !== undefined) return { response: parseResponseResult(result, new Map()) };
  if (method !== given.method) invalid('the method cannot be changed');
  if (typeof uri !== 'string' || !/^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/.test(uri)) invalid('uri is not a path');
  const query = result['querystring'];
  // AWS's own sample returns the query as text.
  const querystring = typeof query === 'string' ? queryPairs(query) : parsePairs(query, 'querystring');
  let length = uri.length;
  for (const [name, value] of querystring) {
    length += name.length + value.length + 2;
    if (!/^[\x21\x22\x24\x25\x27-\x7e]*$/.test(name + value)) invalid('querystring is not encoded');
  }
  if (length >= URI_LIMIT) invalid('uri and querystring are too long');
  const headers = parseHeaders(result['headers'], given.headers, READ_ONLY.request);
  if (!given.takesCookies) return { uri, querystring, headers };
  return { uri, querystring, headers, cookies: parsePairs(result['cookies'] ?? {}, 'cookies') };
}

/**
 * @param result as for parseRequestResult
 * @throws InvalidResultError
 */
export function parseResponseResult(result: unknown, given: HeaderFields): FunctionResponse {
  if (!isRecord(result)) invalid('no response was returned');
  const { statusCode, statusDescription, cookies, body } = result;
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599)
    invalid('statusCode is not a status');
  const headers = parseHeaders(result['headers'] ?? {}, given, READ_ONLY.response);
  const lines = parsePairs(cookies ?? {}, 'cookies').map((pair) => checkedValue(pair.join('=')));
  if (lines.length > 0) headers.set('set-cookie', lines);
  const response: FunctionResponse = { status: statusCode, headers };
  if (typeof statusDescription === 'string' && /^[\x20-\x7e]*$/.test(statusDescription))
    response.statusText = statusDescription;
  if (body !== undefined) response.body = parseBody(body);
  return response;
}

function parseBody(body: unknown): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (isRecord(body)) {
    const { encoding, data } = body;
    if (typeof data === 'string' && encoding === 'text') return Buffer.from(data);
    if (typeof data === 'string' && encoding === 'base64') return Buffer.from(data, 'base64');
  }
  return invalid('body is neither text nor base64');
}

/** A function does not see disallowed headers. They stay as they were, and a function may not return them. */
function parseHeaders(raw: unknown, given: HeaderFields, readOnly: readonly string[]): HeaderFields {
  if (!isRecord(raw)) invalid('headers is not an object');
  const fields: HeaderFields = new Map();
  for (const [name, values] of given) {
    if (isDisallowed(name)) fields.set(name, values);
  }
  for (const [name, field] of Object.entries(raw)) {
    if (field === undefined) continue;
    const values = parseValues(field, 'headers');
    const before = given.get(name);
    if (before && isSame(values, before) && !isDisallowed(name)) {
      fields.set(name, before);
      continue;
    }
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) invalid(`${name} is not a header name`);
    if (isHopByHop(name) || isDisallowed(name) || readOnly.includes(name))
      invalid(`${name} is not for functions`);
    fields.set(name, values.map(checkedValue));
  }
  return fields;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

function checkedValue(value: string): string {
  try {
    validateHeaderValue('value', value);
    return value;
  } catch (error) {
    return invalid('a header value has characters that no header has', error);
  }
}

function parsePairs(raw: unknown, what: string): Pairs {
  if (!isRecord(raw)) invalid(`${what} is not an object`);
  const given = Object.entries(raw).filter(([, value]) => value !== undefined);
  return given.flatMap(([name, field]) => parseValues(field, what).map((value) => [name, value] as const));
}

/** The values of one name. A cookie has its attributes behind it. */
function parseValues(raw: unknown, what: string): string[] {
  if (!isRecord(raw)) invalid(`${what}: a value is not an object`);
  const { value, multiValue, attributes } = raw;
  if (typeof value !== 'string') invalid(`${what}: a value is not a string`);
  if (multiValue === undefined) {
    return [what === 'cookies' && typeof attributes === 'string' ? `${value}; ${attributes}` : value];
  }
  if (!Array.isArray(multiValue)) invalid(`${what}: multiValue is not a list`);
  // The function made the list, and may have replaced its `map`, which would get a function of Node.
  return Array.from(multiValue, (one) => parseValues(one, what)).flat();
}
