import { diskFault } from '../store/http.ts';
import { SignatureError } from '../store/signature-v4.ts';
import { InvalidUriError } from '../store/uri.ts';

/** Status by code (Amazon S3 API Reference, "Error responses"). */
const STATUSES = {
  AccessControlListNotSupported: 400,
  AccessDenied: 403,
  AccessForbidden: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BadRequest: 400,
  BucketAlreadyOwnedByYou: 409,
  ConditionalRequestConflict: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidTag: 400,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof STATUSES;

export class S3Error extends Error {
  readonly code: S3ErrorCode;

  constructor(code: S3ErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }

  get status(): number {
    return STATUSES[this.code];
  }
}

export function accessDenied(message = 'Access Denied'): S3Error {
  return new S3Error('AccessDenied', message);
}

/** Any fault of a request in S3's terms. An unexpected one becomes InternalError. */
export function toS3Error(raw: unknown): S3Error {
  if (raw instanceof S3Error) return raw;
  if (raw instanceof InvalidUriError) return new S3Error('InvalidURI', raw.message);
  if (!(raw instanceof SignatureError)) {
    const why = diskFault(raw) ?? 'Please try again.';
    return new S3Error('InternalError', `We encountered an internal error: ${why}`);
  }
  if (raw.code === 'MissingAuthenticationToken') return accessDenied();
  if (raw.code === 'HeadersNotSigned') return accessDenied(raw.message);
  return new S3Error(raw.code, raw.message);
}
