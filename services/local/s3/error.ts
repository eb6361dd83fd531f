import { diskFault } from '../store/http.ts';
import { SignatureError } from '../store/signature-v4.ts';
import { InvalidUriError } from '../store/uri.ts';

/** The codes of each status (Amazon S3 API Reference, "Error responses"). */
const CODES = {
  400: [
    'AccessControlListNotSupported',
    'AuthorizationHeaderMalformed',
    'AuthorizationQueryParametersError',
    'BadDigest',
    'BadRequest',
    'EntityTooLarge',
    'EntityTooSmall',
    'IncompleteBody',
    'InvalidArgument',
    'InvalidPart',
    'InvalidPartOrder',
    'InvalidRequest',
    'InvalidTag',
    'InvalidToken',
    'InvalidURI',
    'KeyTooLongError',
    'MalformedXML',
    'XAmzContentSHA256Mismatch',
  ],
  403: [
    'AccessDenied',
    'AccessForbidden',
    'InvalidAccessKeyId',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
  ],
  404: ['NoSuchBucket', 'NoSuchKey', 'NoSuchUpload', 'NoSuchVersion'],
  405: ['MethodNotAllowed'],
  409: ['BucketAlreadyOwnedByYou', 'ConditionalRequestConflict'],
  411: ['MissingContentLength'],
  412: ['PreconditionFailed'],
  416: ['InvalidRange'],
  500: ['InternalError'],
  501: ['NotImplemented'],
} as const;

export type S3ErrorCode = (typeof CODES)[keyof typeof CODES][number];

const STATUSES = new Map<string, number>(
  Object.entries(CODES).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
);

export class S3Error extends Error {
  readonly code: S3ErrorCode;

  constructor(code: S3ErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }

  get status(): number {
    return STATUSES.get(this.code) ?? Number.NaN;
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
