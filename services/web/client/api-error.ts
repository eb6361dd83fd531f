import type { ErrorCode as HostCode } from '@cloudfront-cookie-gateway/core/errors';

/** Each `code` of the app host, and two of the client: `network`, and `storage_refused` for an answer of S3. */
export type ErrorCode = HostCode | 'network' | 'storage_refused';

/** The facts about an error besides its code. */
interface Details {
  detail?: string;
  cause?: unknown;
  size?: number;
  lastModified?: string | null;
}

/**
 * If no answer of the app host or S3 arrived, `status` is 0 and `code` is `network`. Otherwise `code` is the answer's
 * own, and `message` is its `detail` (RFC 9457). For `file_exists`, `size` (bytes) and `lastModified` (for `new Date`)
 * describe the file that exists, if they are known.
 */
export class ApiError extends Error {
  declare readonly status: number;
  declare readonly code: ErrorCode;
  declare readonly size?: number;
  declare readonly lastModified?: string;

  constructor(status: number, code: ErrorCode, { detail, cause, size, lastModified }: Details = {}) {
    super(detail ?? code, { cause });
    Object.assign(this, { status, code, size, lastModified });
  }
}

// On the prototype, as with the errors of JavaScript. The name of the class is lost in a minified page.
ApiError.prototype.name = 'ApiError';
