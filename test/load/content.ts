import { createHash } from 'node:crypto';

/** An image that the run has put into the bucket. Its content is text, and each line names its owner. */
export interface StoredImage {
  owner: string;
  /** A name that needs no percent-encoding. */
  name: string;
  bytes: number;
  /** The last one is the current one. */
  versions: Version[];
}

export interface Version {
  number: number;
  /** With quotes. */
  etag: string;
  /** When the next version's write was answered, by `performance.now()`. */
  supersededMs: number;
}

const OWNER = /\[of ([A-Za-z0-9_-]+) /g;
/** Every part of this length holds at least one whole line. */
export const LONGEST_LINE_BYTES = 160;

export function contentOf({ owner, name, bytes }: StoredImage, version: number): Buffer {
  return Buffer.alloc(bytes, `[of ${owner} image ${name} version ${version}]\n`);
}

/** Announces the next version. Readers may see it as soon as its write is sent. */
export function nextVersion(image: StoredImage): { version: Version; content: Buffer } {
  const number = image.versions.length;
  const content = contentOf(image, number);
  const etag = `"${createHash('md5').update(content).digest('hex')}"`;
  const version = { number, etag, supersededMs: Number.POSITIVE_INFINITY };
  image.versions.push(version);
  return { version, content };
}

export function currentVersion({ name, versions }: StoredImage): Version {
  const version = versions.at(-1);
  if (!version) throw new Error(`${name} has not been stored`);
  return version;
}

/** The other owner whose bytes are in a body, if there is one. */
export function foreignOwner(body: Buffer, owner: string): string | undefined {
  for (const [, named] of body.toString('latin1').matchAll(OWNER)) if (named !== owner) return named;
  return undefined;
}
