import type { Readable } from 'node:stream';
import type { HeaderFields } from '../viewer/answer.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';

export interface OriginRequest {
  method: string;
  /** The path byte for byte. */
  uri: string;
  query: string;
  headers: Record<string, string>;
  /** The viewer's request: its id, address and body are used. */
  viewer: ViewerRequest;
}

export interface OriginAnswer {
  status: number;
  statusText: string;
  headers: HeaderFields;
  body: Readable;
}

/**
 * The sixth step. The path goes out byte for byte.
 * @throws Refusal 502 if the origin cannot be reached, 504 if it does not answer in time
 */
export interface Origin {
  isS3: boolean;
  ask(request: OriginRequest): Promise<OriginAnswer>;
  close(): void;
}

export interface OriginOptions {
  region: string;
  now: () => number;
  /** CloudFront's name in `Via`. */
  via: string;
}
