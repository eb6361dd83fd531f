import { createHash } from 'node:crypto';
import { parseJson, type SignedInUser } from './client.ts';

export interface BegunUpload {
  name: string;
  url: string;
  upload: { id: string; partSize: number; parts: number };
}

export interface UploadState {
  name: string;
  size: number;
  type: string;
  partSize: number;
  parts: { number: number; size: number; sha256?: string }[];
}

export interface PartUrl {
  number: number;
  url: string;
  headers: Record<string, string>;
}

export interface CompletedFile {
  name: string;
  size: number;
  type: string;
  etag: string;
  url: string;
}

/** A film of 17 MB: three parts. */
export const FILM_BYTES = 17 * 1_024 * 1_024;

let made: Buffer<ArrayBuffer> | undefined;

/** Bytes that are the same in every run. No two parts are alike. */
export function film(): Buffer<ArrayBuffer> {
  if (made) return made;
  made = Buffer.alloc(FILM_BYTES);
  for (let offset = 0; offset < FILM_BYTES; offset += 4)
    made.writeUInt32LE(Math.imul(offset, 2_654_435_761) >>> 0, offset);
  return made;
}

export async function begin(user: SignedInUser, name: string, size = FILM_BYTES): Promise<BegunUpload> {
  const answer = await user.post('/api/uploads', { name, type: 'video/mp4', size });
  if (answer.status !== 201) throw new Error(`upload refused: ${await answer.text()}`);
  return parseJson<BegunUpload>(answer);
}

/** The bytes of one part. The first part has the number 1. */
export function partOf(bytes: Buffer<ArrayBuffer>, number: number, { partSize }: { partSize: number }) {
  return bytes.subarray((number - 1) * partSize, number * partSize);
}

export function hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Asks for the address of one part with these bytes. */
export async function presign(
  user: SignedInUser,
  id: string,
  number: number,
  bytes: Uint8Array,
): Promise<PartUrl> {
  const answer = await user.post(`/api/uploads/${id}/parts`, { parts: [{ number, sha256: hex(bytes) }] });
  const { parts } = await parseJson<{ parts: PartUrl[] }>(answer);
  const [part] = parts ?? [];
  if (!part) throw new Error(`part refused: ${answer.status}`);
  return part;
}

/** Sends bytes to the address of a part, as a page does. */
export function put(
  { url, headers }: PartUrl,
  body: Buffer<ArrayBuffer>,
  changes: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'PUT', headers: { ...headers, ...changes }, body });
}

/** Presigns and sends parts of a file, one after another. */
export async function putParts(
  user: SignedInUser,
  upload: { id: string; partSize: number },
  bytes: Buffer<ArrayBuffer>,
  numbers: number[],
): Promise<void> {
  for (const number of numbers) {
    const part = partOf(bytes, number, upload);
    const answer = await put(await presign(user, upload.id, number, part), part);
    if (answer.status !== 200) throw new Error(`part ${number}: ${answer.status} ${await answer.text()}`);
  }
}
