import { AwsError } from '../store/error.ts';

/** The errors of S3 with their usual words (Amazon S3 API Reference, "Error responses"). */
const ERRORS = {
  AccessControlListNotSupported: [400, 'The bucket does not allow ACLs'],
  AccessDenied: [403, 'Access Denied'],
  AccessForbidden: [403, 'CORSResponse: This CORS request is not allowed.'],
  BadDigest: [400, 'A checksum you specified did not match what we received.'],
  BadRequest: [400, 'Object tags cannot be greater than 10'],
  BucketAlreadyOwnedByYou: [409, 'The bucket that you tried to create is yours already.'],
  ConditionalRequestConflict: [
    409,
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
  ],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed object size.'],
  IncompleteBody: [400, 'The body is malformed, or is not as long as its length header says.'],
  InvalidArgument: [400, 'Invalid version id specified'],
  InvalidPart: [400, 'A part could not be found, or its ETag is another.'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'This copy request is illegal because it changes nothing.'],
  InvalidTag: [400, 'A tag you have provided is invalid, or its key is there twice'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedXML: [400, 'The XML you provided was not well-formed'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [404, 'The specified upload does not exist. It may have been aborted or completed.'],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NotImplemented: [501, 'The local S3 does not implement this.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  SignatureDoesNotMatch: [403, 'The signature of a chunk does not match what we calculated.'],
  XAmzContentSHA256Mismatch: [400, 'The x-amz-content-sha256 you specified did not match what we received.'],
} satisfies Record<string, [status: number, words: string]>;

/** @param words in place of the usual ones */
export function s3Error(code: keyof typeof ERRORS, words?: string): AwsError {
  const [status, usual] = ERRORS[code];
  return new AwsError(status, code, words ?? usual);
}
