import { type Answer, dropBody, type HeaderFields, header, htmlRefusal } from '../viewer/answer.ts';

/** What a 304 tells: it must not change the type or the disposition that the browser keeps (RFC 9110, 15.4.5). */
const TOLD_BY_304 = [
  ...['age', 'cache-control', 'date', 'etag', 'expires', 'last-modified', 'server', 'vary', 'x-cache'],
];

export function toldBy304(headers: HeaderFields): HeaderFields {
  return new Map([...headers].filter(([name]) => TOLD_BY_304.includes(name)));
}

/** Answers a viewer's conditions and range from a whole object that is at hand (RFC 9110, 13 and 14). */
export function answerConditions(answer: Answer, viewer: HeaderFields): Answer {
  if (answer.status !== 200) return answer;
  if (isUnchanged(answer.headers, viewer)) {
    dropBody(answer);
    return { status: 304, headers: toldBy304(answer.headers), body: Buffer.alloc(0) };
  }
  return Buffer.isBuffer(answer.body) ? rangeOf(answer, answer.body, viewer) : answer;
}

function isUnchanged(headers: HeaderFields, viewer: HeaderFields): boolean {
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

/** The Range header where it asks for one range; several, or one that cannot be read, mean the whole object. */
export function singleRange(viewer: HeaderFields): string | undefined {
  const range = header(viewer, 'range')?.trim();
  return range !== undefined && SINGLE_RANGE.test(range) ? range : undefined;
}

function rangeOf(answer: Answer, body: Buffer, viewer: HeaderFields): Answer {
  const range = singleRange(viewer);
  if (range === undefined || !isSameObject(answer.headers, viewer)) return answer;
  const [first = '', last = ''] = range.slice('bytes='.length).split('-');
  const start = first === '' ? Math.max(0, body.length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? body.length - 1 : Math.min(Number(last), body.length - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return answer;
  if (start > end) {
    const refusal = htmlRefusal(416, 'Requested Range Not Satisfiable.');
    refusal.answer.headers.set('content-range', [`bytes */${body.length}`]);
    return refusal.answer;
  }
  const headers: HeaderFields = new Map(answer.headers);
  headers.set('content-range', [`bytes ${start}-${end}/${body.length}`]);
  headers.delete('content-length');
  return { status: 206, headers, body: body.subarray(start, end + 1) };
}

function isSameObject(headers: HeaderFields, viewer: HeaderFields): boolean {
  const wanted = header(viewer, 'if-range');
  if (wanted === undefined) return true;
  return wanted === header(headers, wanted.startsWith('"') ? 'etag' : 'last-modified');
}
