import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Answer, dropBody, header } from './answer.ts';

/** CloudFront's name for itself, to viewers and origins. */
export function viaOf(distributionId: string): string {
  return `1.1 ${distributionId.toLowerCase()}.cloudfront.net (CloudFront)`;
}

/**
 * The last step: sends an answer, with the headers that CloudFront adds to every answer. A streamed body goes no faster
 * than the viewer takes it. If the viewer has gone, the body is dropped.
 * @returns a promise if the body streams; it rejects if viewer or origin break off
 */
export function createResponder(
  via: string,
): (response: ServerResponse, answer: Answer) => Promise<void> | undefined {
  return (response, { status, statusText, headers, body }) => {
    if (response.destroyed) {
      dropBody({ body });
      return undefined;
    }
    const lines: string[] = [];
    const isBuffer = Buffer.isBuffer(body);
    const told = header(headers, 'content-length');
    for (const [name, values] of headers) {
      for (const value of values) lines.push(name, value);
    }
    lines.push('via', via, 'x-amz-cf-pop', 'LOCAL1-P1');
    if (isBuffer && status !== 304 && told === undefined) lines.push('content-length', String(body.length));
    if (statusText) response.statusMessage = statusText;
    response.writeHead(status, lines);
    if (!isBuffer) {
      // Without this, `pipeline` would wait for ever for a body that has arrived whole and whose connection has closed.
      response.once('close', () => body.destroy(new Error('the viewer has gone')));
      return pipeline(body, response);
    }
    const isMisaligned = told !== undefined && Number(told) !== body.length;
    if (isMisaligned && response.req.method !== 'HEAD' && status !== 304) {
      // Otherwise the viewer waits for bytes that do not come, or takes the rest for the next answer.
      response.write(body.subarray(0, Number(told)));
      response.socket?.destroySoon();
      return undefined;
    }
    response.end(body);
    return undefined;
  };
}
