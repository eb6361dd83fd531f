import type { HeaderFields } from './answer.ts';
import { readCookies, splitAtEquals, withoutSigning } from './credential.ts';
import type { ViewerRequest } from './viewer-request.ts';

/** A value of an event (DG: event structure). Names are the keys of the object that it stands in. */
export interface EventValue {
  value: string;
  multiValue?: { value: string }[];
  attributes?: string;
}

export type EventValues = Record<string, EventValue>;

/** Headers of one connection, which CloudFront neither shows to functions nor takes from them. */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
]);

export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/**
 * The event of a viewer request. Values of the query are as they were sent; the signing parameters are not in
 * `querystring`, but they are in what `rawQueryString()` gives.
 */
export function requestOf(viewer: ViewerRequest) {
  const query = withoutSigning(viewer.rawQuery);
  const queryValues = new Map<string, string[]>();
  for (const [name, value] of (query === undefined ? [] : query.split('&')).map(splitAtEquals)) {
    if (name !== '') queryValues.set(name, [...(queryValues.get(name) ?? []), value]);
  }
  return {
    method: viewer.method,
    uri: viewer.rawPath,
    querystring: toEventValues(queryValues),
    headers: toEventHeaders(viewer.headers),
    cookies: toEventValues(readCookies(viewer)),
  };
}

export function toEventHeaders(fields: HeaderFields): EventValues {
  const shown = [...fields].filter(
    ([name]) => name !== 'cookie' && name !== 'set-cookie' && !isHopByHop(name),
  );
  return toEventValues(new Map(shown));
}

function toEventValues(values: ReadonlyMap<string, string[]>): EventValues {
  return Object.fromEntries(
    [...values].map(([name, all]) => [
      name,
      { value: all[0] ?? '', ...(all.length > 1 ? { multiValue: all.map((value) => ({ value })) } : {}) },
    ]),
  );
}

export function allOf({ value, multiValue }: EventValue): string[] {
  return multiValue ? multiValue.map((one) => one.value) : [value];
}

/** The query in the order and spelling that the function left it in, with the names that are wanted. */
export function queryOf(values: EventValues, wanted: readonly string[]): string {
  return Object.entries(values)
    .filter(([name]) => wanted.includes(name))
    .flatMap(([name, value]) => allOf(value).map((one) => `${name}=${one}`))
    .join('&');
}
