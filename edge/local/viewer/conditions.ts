import { type Answer, dropBody, type HeaderFields, header, htmlRefusal, randomRequestId } from './answer.ts';

/**
 * The headers of a 304. A 304 must not change the type or the disposition that the browser keeps (RFC 9110, 15.4.5).
 */
const TOLD_BY_304 = 'age cache-control date etag expires last-modified server vary x-cache'.split(' ');

export function toldBy304(headers: HeaderFields): HeaderFields {
  return new Map([...headers].filter(([name]) => TOLD_BY_304.includes(name)));
}

/**
 * Answers a viewer's conditions and ranges from a whole object (RFC 9110, 13 and 14).
 * @param isKept true for an object from the cache: several ranges are cut from it. An object from the origin comes
 *   whole (DG: range GETs)
 */
export function answerConditions(answer: Answer, viewer: HeaderFields, isKept = false): Answer {
  if (answer.status !== 200) return answer;
  if (isUnchanged(answer.headers, viewer)) {
    dropBody(answer);
    return { status: 304, headers: toldBy304(answer.headers), body: Buffer.alloc(0) };
  }
  return Buffer.isBuffer(answer.body) ? rangesOf(answer, answer.body, viewer, isKept) : answer;
}

export function isUnchanged(headers: HeaderFields, viewer: HeaderFields): boolean {
  const wanted = header(viewer, 'if-none-match');
  const etag = header(headers, 'etag');
  if (wanted !== undefined) {
    const tags = wanted.match(/(?:W\/)?"[^"]*"/g) ?? [];
    return wanted.trim() === '*' || (etag !== undefined && tags.map(opaque).includes(opaque(etag)));
  }
  const since = header(viewer, 'if-modified-since');
  if (since === undefined) return false;
  return Date.parse(header(headers, 'last-modified') ?? '') <= Date.parse(since);
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '');
}

const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/;

/** The Range header if it asks for one range. Several ranges, or an unreadable one, mean the whole object. */
export function singleRange(viewer: HeaderFields): string | undefined {
  const range = header(viewer, 'range')?.trim() ?? '';
  return SINGLE_RANGE.test(range) ? range : undefined;
}

interface Range {
  start: number;
  end: number;
}

function rangesOf(answer: Answer, body: Buffer, viewer: HeaderFields, isKept: boolean): Answer {
  const asked = parsedRanges(header(viewer, 'range')?.trim() ?? '', body.length);
  if (!asked || (asked.length > 1 && !isKept) || !isSameObject(answer.headers, viewer)) return answer;
  const [first, ...more] = asked.filter(({ start, end }) => start <= end);
  if (!first) {
    const refusal = htmlRefusal(416, 'Requested Range Not Satisfiable.');
    refusal.answer.headers.set('content-range', [`bytes */${body.length}`]);
    return refusal.answer;
  }
  if (more.length > 0) return partsOf(answer, body, [first, ...more]);
  const headers: HeaderFields = new Map(answer.headers);
  headers.set('content-range', [place(first, body)]);
  headers.delete('content-length');
  return { status: 206, headers, body: body.subarray(first.start, first.end + 1) };
}

/** The ranges must ascend and must not overlap. Anything else means the whole object (DG: range GETs). */
export function parsedRanges(range: string, size: number): Range[] | undefined {
  if (!range.startsWith('bytes=')) return undefined;
  const ranges: Range[] = [];
  for (const one of range.slice('bytes='.length).split(',')) {
    if (!SINGLE_RANGE.test(`bytes=${one.trim()}`)) return undefined;
    const [first = '', last = ''] = one.trim().split('-');
    if (last !== '' && Number(last) < Number(first)) return undefined;
    const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
    const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
    const before = ranges.at(-1);
    if (before && start <= before.end) return undefined;
    ranges.push({ start, end });
  }
  return ranges;
}

/** Parts between boundaries (RFC 9110, 14.6). */
function partsOf(answer: Answer, body: Buffer, ranges: readonly Range[]): Answer {
  const boundary = `CloudFront:${randomRequestId().slice(0, 24)}`;
  const type = header(answer.headers, 'content-type') ?? 'application/octet-stream';
  const parts = ranges.flatMap((range) => [
    Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${place(range, body)}\r\n\r\n`),
    body.subarray(range.start, range.end + 1),
  ]);
  const headers: HeaderFields = new Map(answer.headers);
  headers.set('content-type', [`multipart/byteranges; boundary="${boundary}"`]);
  headers.delete('content-length');
  return { status: 206, headers, body: Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]) };
}

function place({ start, end }: Range, { length }: Buffer): string {
  return `bytes ${start}-${end}/${length}`;
}

function isSameObject(headers: HeaderFields, viewer: HeaderFields): boolean {
  const wanted = header(viewer, 'if-range');
  if (wanted === undefined) return true;
  return wanted === header(headers, wanted.startsWith('"') ? 'etag' : 'last-modified');
}
