import { createHash } from 'node:crypto';

/** An image that the run has put into the bucket: text all through, each line of which names its owner. */
export interface StoredImage {
  owner: string;
  /** Percent-encoding is not needed in it. */
  name: string;
  bytes: number;
  /** The last one is the present one. */
  versions: Version[];
}

export interface Version {
  number: number;
  /** With its quotes. */
  etag: string;
  /** When the answer to the write of the next one came, by `performance.now()`. */
  supersededMs: number;
}

const OWNER = /\[of ([A-Za-z0-9_-]+) /g;
/** A part of this length holds one whole line at least. */
export const LONGEST_LINE_BYTES = 160;

export function contentOf({ owner, name, bytes }: StoredImage, version: number): Buffer {
  return Buffer.alloc(bytes, `[of ${owner} image ${name} version ${version}]\n`);
}

/** Announces the next version, which may be seen as soon as it is sent. */
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

/** Another owner than this one, whose bytes are in a body. */
export function foreignOwner(body: Buffer, owner: string): string | undefined {
  for (const [, named] of body.toString('latin1').matchAll(OWNER)) if (named !== owner) return named;
  return undefined;
}
