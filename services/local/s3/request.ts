import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WriteConditions } from './bucket.ts';
import { S3Error } from './error.ts';
import type { Operation } from './operation.ts';
import { xmlDocument } from './xml.ts';

const XML_LIMIT_BYTES = 2 * 1024 * 1024;

/** A request that the gate has let in. */
export interface S3Request {
  request: IncomingMessage;
  response: ServerResponse;
  operation: Operation;
  /** The body, decoded and checked. */
  payload(): AsyncIterable<Buffer>;
  mayDelete(key: string, isVersion: boolean): boolean;
  mayRead(key: string): boolean;
  /** The error for a key that does not exist. */
  missingKey(): S3Error;
}

export type Handler = (request: S3Request) => Promise<void> | void;

export function conditionsOf({ headers }: IncomingMessage): WriteConditions {
  if (headers['if-none-match'] !== undefined && headers['if-none-match'] !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match of a write takes * only');
  }
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
}

export async function readXml(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > XML_LIMIT_BYTES) throw malformedXml();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function sendXml(response: ServerResponse, root: string, content: string): void {
  sendXmlText(response, xmlDocument(root, content));
}

export function sendXmlText(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(xml);
}

export function malformedXml(): S3Error {
  return new S3Error('MalformedXML', 'The XML you provided was not well-formed');
}
