import { createHash } from 'node:crypto';
import type { EdgeAnswer } from './edge-request.ts';
import { parseRecord, textOf } from './record.ts';

export const NAME = 'note.txt';

/** What to ask for, to upload a small text. */
export function promiseOf(text: string) {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name: NAME, type: 'text/plain', size: Buffer.byteLength(text), sha256 };
}

/** Sends a text to S3 as the service has signed it. */
export async function put(upload: Record<string, unknown>, text: string): Promise<EdgeAnswer> {
  const { method, url, headers: rawHeaders } = upload;
  const headers = Object.entries(parseRecord(rawHeaders)).map(([name, value]): [string, string] => [
    name,
    textOf(value),
  ]);
  const answer = await fetch(textOf(url), { method: textOf(method), headers, body: text });
  const [, code] = /<Code>(\w{1,64})<\/Code>/.exec(await answer.text()) ?? [];
  return { status: answer.status, ...(code === undefined ? {} : { code }) };
}
