import { validateHeaderValue } from 'node:http';
import type { Answer, HeaderFields } from './answer.ts';
import { allOf, type EventValue, type EventValues, isHopByHop } from './function-event.ts';
import { isRecord } from './shape.ts';

/** What a viewer-request function hands on. */
export interface PassedRequest {
  uri: string;
  querystring: EventValues;
  headers: HeaderFields;
}

/** What a function returned, and CloudFront would not take: 502. */
export class InvalidResultError extends Error {
  readonly code = 'invalid_result';
}

/** Headers that CloudFront keeps to itself (DG: restrictions on edge functions). */
const RESTRICTED = /^(?:x-edge-|x-amz-cf-|x-cache$|x-accel-|x-forwarded-proto$|x-real-ip$)/;
const READ_ONLY = new Set(['content-length', 'host', 'via', 'warning']);

/** @throws InvalidResultError */
export function parseRequestResult(
  json: string,
  given: { method: string; headers: HeaderFields },
): PassedRequest | { answer: Answer } {
  const result = parseObject(json);
  if ('statusCode' in result) return { answer: parseResponse(result, new Map()) };
  const { method, uri, querystring, headers } = result;
  if (method !== given.method) throw new InvalidResultError('the method cannot be changed');
  if (typeof uri !== 'string' || !/^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/.test(uri)) {
    throw new InvalidResultError('uri is no path');
  }
  const query = parseValues(querystring, 'querystring');
  for (const text of Object.entries(query).flatMap(([name, value]) => [name, ...allOf(value)])) {
    if (!/^[\x21\x22\x24\x25\x27-\x7e]*$/.test(text))
      throw new InvalidResultError('querystring is not encoded');
  }
  return { uri, querystring: query, headers: parseHeaders(headers, given.headers) };
}

/** @throws InvalidResultError */
export function parseResponseResult(json: string, given: HeaderFields): Answer {
  return parseResponse(parseObject(json), given);
}

function parseResponse(result: Record<string, unknown>, given: HeaderFields): Answer {
  const { statusCode, statusDescription, headers, cookies, body } = result;
  if (
    typeof statusCode !== 'number' ||
    !Number.isInteger(statusCode) ||
    statusCode < 200 ||
    statusCode > 599
  ) {
    throw new InvalidResultError('statusCode is no status');
  }
  const fields = parseHeaders(headers ?? {}, given);
  const lines = Object.entries(parseValues(cookies ?? {}, 'cookies')).map(([name, { value, attributes }]) =>
    checkedValue(attributes ? `${name}=${value}; ${attributes}` : `${name}=${value}`),
  );
  if (lines.length > 0) fields.set('set-cookie', lines);
  return {
    status: statusCode,
    ...(typeof statusDescription === 'string' && /^[\x20-\x7e]*$/.test(statusDescription)
      ? { statusText: statusDescription }
      : {}),
    headers: fields,
    body: parseBody(body),
  };
}

function parseBody(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (isRecord(body) && typeof body['data'] === 'string') {
    if (body['encoding'] === 'text') return Buffer.from(body['data']);
    if (body['encoding'] === 'base64') return Buffer.from(body['data'], 'base64');
  }
  throw new InvalidResultError('body is neither text nor base64');
}

/** Restricted headers may come back exactly as they were given, and in no other way. */
function parseHeaders(raw: unknown, given: HeaderFields): HeaderFields {
  const fields: HeaderFields = new Map();
  for (const [name, value] of Object.entries(parseValues(raw, 'headers'))) {
    const values = allOf(value).map(checkedValue);
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new InvalidResultError(`${name} is no header name`);
    if (RESTRICTED.test(name) || READ_ONLY.has(name) || isHopByHop(name)) {
      const before = given.get(name) ?? [];
      if (values.join('\n') !== before.join('\n'))
        throw new InvalidResultError(`${name} is not for functions`);
    }
    fields.set(name, values);
  }
  return fields;
}

function checkedValue(value: string): string {
  try {
    validateHeaderValue('value', value);
    return value;
  } catch (error) {
    throw new InvalidResultError('a header value has characters that no header has', { cause: error });
  }
}

function parseObject(json: string): Record<string, unknown> {
  const result: unknown = json === 'undefined' ? undefined : JSON.parse(json);
  if (!isRecord(result)) throw new InvalidResultError('neither a request nor a response was returned');
  return result;
}

function parseValues(raw: unknown, what: string): EventValues {
  if (!isRecord(raw)) throw new InvalidResultError(`${what} is no object`);
  return Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, parseValue(value, what)]));
}

function parseValue(raw: unknown, what: string): EventValue {
  if (!isRecord(raw)) throw new InvalidResultError(`${what}: a value is no object`);
  const { value, multiValue, attributes } = raw;
  if (typeof value !== 'string') throw new InvalidResultError(`${what}: a value is no string`);
  if (multiValue === undefined) return typeof attributes === 'string' ? { value, attributes } : { value };
  if (!Array.isArray(multiValue)) throw new InvalidResultError(`${what}: multiValue is no list`);
  return {
    value,
    multiValue: multiValue.map((one: unknown) => {
      if (!isRecord(one) || typeof one['value'] !== 'string') {
        throw new InvalidResultError(`${what}: a value is no string`);
      }
      return { value: one['value'] };
    }),
  };
}
