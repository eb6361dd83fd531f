import type { SignedPut } from './send.ts';
import type { RequestApi } from './types.ts';

/** What a client needs of the machine that it runs on, for the files of a folder. */
export interface Device {
  appOrigin(): string;
  /** Asks the files host for a file of the folder. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /**
   * Sends bytes to S3.
   * @param onSent gets the number of bytes that have been sent
   * @returns the ETag, in quotes
   * @throws ApiError `network`, or `storage_refused` with the status of S3; the reason of `signal`
   */
  send(
    put: SignedPut,
    body: Blob,
    signal: AbortSignal,
    onSent?: (sentBytes: number) => void,
  ): Promise<string | null>;
  /** The value that `remember` kept under a key. */
  recall(key: string): string | null | Promise<string | null>;
  /** Keeps a value, or removes it. */
  remember(key: string, value?: string): unknown;
  /** Draws a thumbnail and reads the picture, or gives undefined. Missing if no thumbnails are made. */
  draw?(source: Blob | string, type: string): Promise<Drawn | undefined>;
}

/** A stored file. Without its ETag, nothing is known of what it holds. */
export interface Stored {
  name: string;
  etag?: string | null;
}

/**
 * Puts what was drawn beside a stored file.
 * @returns whether there is a thumbnail
 * @throws ApiError; the reason of `signal`
 */
export type Drawn = (user: Drawer, file: Stored, signal: AbortSignal) => Promise<boolean>;

/** What drawing needs of the core, which it does not import. */
export interface Drawer {
  ask: RequestApi;
  send: Device['send'];
  sha256Hex(bytes: Blob): Promise<string>;
}
