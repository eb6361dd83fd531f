import type { ServerResponse } from 'node:http';
import { AwsError, diskFault } from '../store/error.ts';
import { s3Error } from './errors.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const LIMIT_BYTES = 2 * 1024 * 1024;

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

/** One element with text in it. */
export function element(name: string, value: string | number | boolean): string {
  const text = String(value).replace(/[&<>"'\p{Cc}]/gu, (character) => `&#${character.charCodeAt(0)};`);
  return `<${name}>${text}</${name}>`;
}

/** @param content XML */
export function sendXml(
  response: ServerResponse,
  root: string,
  content: string,
  headers: Record<string, string> = {},
): void {
  const xml = `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
  response.writeHead(200, { 'content-type': 'application/xml', ...headers }).end(DECLARATION + xml);
}

/** Answers with S3's error XML. An unexpected error goes to the console. */
export function sendError(response: ServerResponse, raw: unknown, hasBody: boolean): void {
  if (!(raw instanceof AwsError)) console.error('local S3:', diskFault(raw) ?? raw);
  const why = `We encountered an internal error: ${diskFault(raw) ?? 'Please try again.'}`;
  const { code, message, status } = raw instanceof AwsError ? raw : new AwsError(500, 'InternalError', why);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const xml = `<Error>${element('Code', code)}${element('Message', message)}</Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(hasBody ? DECLARATION + xml : undefined);
}

/** @throws AwsError MalformedXML if the document is too long */
export async function readXml(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > LIMIT_BYTES) throw s3Error('MalformedXML');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The inner XML of every element with this name. This is enough for the flat documents that S3 receives. */
export function innerXml(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(
    ([, inner = '']) => inner,
  );
}

/** The text of the one element with this name, if there is one. */
export function innerText(xml: string, name: string): string | undefined {
  return innerXml(xml, name)[0]?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|[a-z]+);/gi, (entity, hex, decimal) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal === undefined ? (ENTITIES[entity] ?? entity) : String.fromCodePoint(Number(decimal));
  });
}
