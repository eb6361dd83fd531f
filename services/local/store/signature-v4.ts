import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from './credentials.ts';
import { canonicalQuery, decodePath, type QueryPair, uriEncodePath } from './uri.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const LONGEST_EXPIRY_SECONDS = 604_800;

type SignatureFault =
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
interface Claim {
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
function claimOf(request: IncomingMessage, query: readonly QueryPair[]): Claim {
  const authorization = request.headers.authorization;
  const isPresigned = query.some(([name]) => name.startsWith('X-Amz-'));
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

/** A header in the form that is signed: inner spaces collapsed, repetitions joined. Node has trimmed it. */
export function headerValue(request: IncomingMessage, name: string): string {
  return (request.headersDistinct[name] ?? []).map((value) => value.replace(/ +/g, ' ')).join(',');
}

/** Seconds that a clock may be off (Amazon S3 API Reference, "Error responses", RequestTimeTooSkewed). */
const CLOCK_SKEW_SECONDS = 900;

interface SignatureScope {
  region: string;
  service: string;
}

/** What a signature must fit. */
export interface SignedFor<C extends Credentials> {
  /** The parsed query of the request. */
  query: readonly QueryPair[];
  /** The last line of the canonical request. */
  payloadHash: string;
  credentials: readonly C[];
  scope: SignatureScope;
  nowMs: number;
}

/** A checked signature, and the state from which the signatures of chunks continue. */
export interface VerifiedSignature<C extends Credentials> {
  credential: C;
  signature: string;
  signingKey: Buffer;
  /** `YYYYMMDDTHHMMSSZ`. */
  date: string;
  /** `YYYYMMDD/region/service/aws4_request`. */
  scope: string;
}

/**
 * Verifies AWS Signature Version 4, in the header or in the query (AWS, "Signing AWS API requests: create a signed
 * request"). The signature covers `payloadHash`. The caller must compare the hash with the payload.
 * @throws SignatureError
 */
export function verifySignature<C extends Credentials>(
  request: IncomingMessage,
  { query, payloadHash, credentials, scope, nowMs }: SignedFor<C>,
): VerifiedSignature<C> {
  const claim = claimOf(request, query);
  const { credential, scope: scopeText } = checkScope(claim.credential, claim.date, credentials, scope);
  checkTime(claim, nowMs);
  checkSignedHeaders(request, claim.signedHeaders);
  const canonicalRequest = [
    request.method,
    uriEncodePath(decodePath(request.url ?? '')),
    canonicalQuery(query.filter(([name]) => name !== 'X-Amz-Signature')),
    ...claim.signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    '',
    claim.signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  const signingKey = deriveSigningKey(credential.secretAccessKey, claim.date.slice(0, 8), scope);
  const stringToSign = [ALGORITHM, claim.date, scopeText, sha256Hex(canonicalRequest)].join('\n');
  if (!isSignatureOf(claim.signature, signingKey, stringToSign)) {
    throw new SignatureError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return { credential, signature: claim.signature, signingKey, date: claim.date, scope: scopeText };
}

/**
 * Finds the credential that `AKID/YYYYMMDD/region/service/aws4_request` names, and checks the scope.
 * @throws SignatureError
 */
function checkScope<C extends Credentials>(
  claimed: string,
  date: string,
  credentials: readonly C[],
  { region, service }: SignatureScope,
): { credential: C; scope: string } {
  const [accessKeyId, ...scope] = claimed.split('/');
  const expected = [date.slice(0, 8), region, service, 'aws4_request'].join('/');
  if (scope.join('/') !== expected) {
    throw new SignatureError(
      'AuthorizationHeaderMalformed',
      `The credential is malformed: its scope must be ${expected}`,
    );
  }
  const credential = credentials.find((known) => known.accessKeyId === accessKeyId);
  if (!credential) {
    throw new SignatureError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  return { credential, scope: expected };
}

export function deriveSigningKey(
  secretAccessKey: string,
  day: string,
  { region, service }: SignatureScope,
): Buffer {
  return [day, region, service, 'aws4_request'].reduce(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** @param signature in hex, as it came */
export function isSignatureOf(signature: string, signingKey: Buffer, stringToSign: string): boolean {
  const expected = Buffer.from(createHmac('sha256', signingKey).update(stringToSign).digest('hex'));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function checkTime({ date, expires }: Claim, nowMs: number): void {
  const ageSeconds = (nowMs - parseAmzDate(date)) / 1000;
  if (expires !== undefined && ageSeconds > expires)
    throw new SignatureError('AccessDenied', 'Request has expired');
  if (ageSeconds < -CLOCK_SKEW_SECONDS || (expires === undefined && ageSeconds > CLOCK_SKEW_SECONDS)) {
    throw new SignatureError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
}

/**
 * Checks that `host` and every `x-amz-*` header are signed, so that no unsigned header has an effect.
 * @param acting other headers that have an effect
 */
export function checkSignedHeaders(
  request: IncomingMessage,
  signedHeaders: readonly string[],
  acting: readonly string[] = [],
): void {
  const unsigned = Object.keys(request.headers).filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-') || acting.includes(name)) &&
      !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new SignatureError(
      'HeadersNotSigned',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    );
  }
  if (request.headers['x-amz-security-token'] !== undefined) {
    throw new SignatureError('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
