import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from './credentials.ts';
import {
  ALGORITHM,
  type Claim,
  claimOf,
  headerValue,
  parseAmzDate,
  SignatureError,
} from './signature-claim.ts';
import { canonicalQuery, decodePath, type QueryPair, uriEncode } from './uri.ts';

/** Seconds that a clock may be off (Amazon S3 API Reference, "Error responses", RequestTimeTooSkewed). */
const CLOCK_SKEW_SECONDS = 900;

export interface SignatureScope {
  region: string;
  service: string;
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
 * @param query the parsed query of the request
 * @param payloadHash the last line of the canonical request
 * @throws SignatureError
 */
export function verifySignature<C extends Credentials>(
  request: IncomingMessage,
  query: readonly QueryPair[],
  payloadHash: string,
  credentials: readonly C[],
  scope: SignatureScope,
  nowMs: number,
): VerifiedSignature<C> {
  const claim = claimOf(request, query);
  const { credential, scope: scopeText } = checkScope(claim.credential, claim.date, credentials, scope);
  checkTime(claim, nowMs);
  checkSignedHeaders(request, claim.signedHeaders);
  const canonicalRequest = [
    request.method,
    uriEncode(decodePath(request.url ?? ''), '/'),
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
export function checkScope<C extends Credentials>(
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
