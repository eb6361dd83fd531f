import type { IncomingMessage } from 'node:http';
import type { QueryPair } from './uri.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
const LONGEST_EXPIRY_SECONDS = 604_800;

export type SignatureFault =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'AuthorizationQueryParametersError'
  | 'HeadersNotSigned'
  | 'InvalidAccessKeyId'
  | 'InvalidToken'
  | 'MissingAuthenticationToken'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch';

/** Why a request does not count as signed. `code` is S3's own code, if S3 has one. */
export class SignatureError extends Error {
  readonly code: SignatureFault;

  constructor(code: SignatureFault, message: string) {
    super(message);
    this.code = code;
  }
}

/** The names of these faults in AWS's JSON services (Amazon DynamoDB Developer Guide, "Error handling"). */
const EXCEPTIONS: Partial<Record<SignatureFault, string>> = {
  InvalidAccessKeyId: 'UnrecognizedClientException',
  InvalidToken: 'UnrecognizedClientException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  AuthorizationHeaderMalformed: 'IncompleteSignatureException',
};

export function exceptionOf({ code }: SignatureError): string {
  return EXCEPTIONS[code] ?? 'InvalidSignatureException';
}

/** A request's statement about its own signature. Nothing in it is checked yet. */
export interface Claim {
  credential: string;
  signedHeaders: string[];
  signature: string;
  date: string;
  /** Seconds; only in a presigned URL. */
  expires?: number;
}

/**
 * Reads the claim from the header, or from the query of a presigned URL.
 * @throws SignatureError if there is none, there are both, or it cannot be read
 */
export function claimOf(request: IncomingMessage, query: readonly QueryPair[]): Claim {
  const authorization = request.headers.authorization;
  const isPresigned = query.some(([name]) => name.startsWith('X-Amz-') && name !== 'X-Amz-Date');
  if (authorization === undefined && !isPresigned) {
    throw new SignatureError('MissingAuthenticationToken', 'The request is not signed.');
  }
  if (authorization !== undefined && isPresigned) {
    throw new SignatureError(
      'AuthorizationHeaderMalformed',
      'Only one auth mechanism allowed: the query or the header',
    );
  }
  return authorization === undefined ? claimOfQuery(query) : claimOfHeader(authorization, request);
}

function claimOfHeader(authorization: string, request: IncomingMessage): Claim {
  const parts = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=(\S+)$/.exec(
    authorization,
  );
  const [, credential, signedHeaders, signature] = parts ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw new SignatureError('AuthorizationHeaderMalformed', `The authorization header must be ${ALGORITHM}`);
  }
  const date = headerValue(request, 'x-amz-date');
  if (Number.isNaN(parseAmzDate(date))) {
    throw new SignatureError('AccessDenied', 'AWS authentication requires a valid x-amz-date header');
  }
  return { credential, signedHeaders: signedHeaders.split(';'), signature, date };
}

function claimOfQuery(query: readonly QueryPair[]): Claim {
  const only = (name: string): string => {
    const values = query.filter(([key]) => key === name);
    const [value] = values;
    if (!value || values.length > 1)
      throw new SignatureError('AuthorizationQueryParametersError', `${name} must be there, once`);
    return value[1];
  };
  const date = only('X-Amz-Date');
  const expires = only('X-Amz-Expires');
  if (only('X-Amz-Algorithm') !== ALGORITHM || Number.isNaN(parseAmzDate(date))) {
    throw new SignatureError(
      'AuthorizationQueryParametersError',
      `X-Amz-Algorithm must be ${ALGORITHM}, X-Amz-Date YYYYMMDDTHHMMSSZ`,
    );
  }
  if (!/^[1-9]\d{0,6}$/.test(expires) || Number(expires) > LONGEST_EXPIRY_SECONDS) {
    throw new SignatureError(
      'AuthorizationQueryParametersError',
      'X-Amz-Expires must be 1 to 604800 seconds: a week',
    );
  }
  return {
    credential: only('X-Amz-Credential'),
    signedHeaders: only('X-Amz-SignedHeaders').split(';'),
    signature: only('X-Amz-Signature'),
    date,
    expires: Number(expires),
  };
}

/** `YYYYMMDDTHHMMSSZ` as milliseconds; NaN for any other text. */
export function parseAmzDate(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!parts) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** A header in the form that is signed: trimmed, inner spaces collapsed, repetitions joined. */
export function headerValue(request: IncomingMessage, name: string): string {
  return (request.headersDistinct[name] ?? []).map((value) => value.trim().replace(/ +/g, ' ')).join(',');
}
