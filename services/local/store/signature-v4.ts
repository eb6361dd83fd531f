import {
  createECDH,
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from './credentials.ts';
import { AwsError } from './error.ts';
import { canonicalQuery, decodePath, parseQuery, type QueryPair, uriEncodePath } from './uri.ts';

const V4 = 'AWS4-HMAC-SHA256';
const V4A = 'AWS4-ECDSA-P256-SHA256';
const LONGEST_EXPIRY_SECONDS = 604_800;
/**
 * Seconds that a clock may be off (Amazon S3 API Reference, "Error responses"; for 4A, IAM User Guide, "Elements of an
 * AWS API request signature").
 */
const CLOCK_SKEW_SECONDS = { [V4]: 900, [V4A]: 300 };

type Refusal =
  | ('unsigned' | 'undated' | 'malformed' | 'wrongQuery' | 'unknownKey')
  | ('withToken' | 'mismatch' | 'expired' | 'skewed' | 'unsignedHeaders');

/**
 * Why a request does not count as signed: status, code and words in S3's terms, and the exception of AWS's JSON services
 * (Amazon DynamoDB Developer Guide, "Error handling") where it is not InvalidSignatureException.
 */
const REFUSALS: Record<Refusal, [status: number, code: string, words: string, exception?: string]> = {
  unsigned: [403, 'AccessDenied', 'Access Denied', 'MissingAuthenticationTokenException'],
  undated: [
    403,
    'AccessDenied',
    'AWS authentication requires a valid x-amz-date header',
    'IncompleteSignatureException',
  ],
  malformed: [400, 'AuthorizationHeaderMalformed', '', 'IncompleteSignatureException'],
  wrongQuery: [400, 'AuthorizationQueryParametersError', ''],
  unknownKey: [
    403,
    'InvalidAccessKeyId',
    'The AWS Access Key Id you provided does not exist in our records.',
    'UnrecognizedClientException',
  ],
  withToken: [
    400,
    'InvalidToken',
    'The provided token is malformed or otherwise invalid.',
    'UnrecognizedClientException',
  ],
  mismatch: [
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  expired: [403, 'AccessDenied', 'Request has expired'],
  skewed: [
    403,
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
  ],
  unsignedHeaders: [403, 'AccessDenied', ''],
};

export class SignatureError extends AwsError {
  readonly exception: string;

  /** @param words in place of the usual ones */
  constructor(why: Refusal, words?: string) {
    const [status, code, usual, exception = 'InvalidSignatureException'] = REFUSALS[why];
    super(status, code, words ?? usual);
    this.exception = exception;
  }
}

/** What a signature must fit. */
export interface SignedFor<C extends Credentials> {
  credentials: readonly C[];
  service: string;
  /** `*` stands for all regions: then only Signature Version 4A counts, else only version 4. */
  region: string;
  /** The last line of the canonical request, or the body that it is the hash of. */
  payload: string | Buffer;
  nowMs: number;
  /** Headers that must be signed if they are there, beside `host` and `x-amz-*`. */
  acting?: readonly string[];
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
 * Verifies a request's signature, in the header or, for version 4, in the query (IAM User Guide, "Create a signed AWS API
 * request"). The signature covers the payload's hash: a caller that gives a hash must compare it with the payload.
 * @throws SignatureError
 */
export function verifySignature<C extends Credentials>(
  request: IncomingMessage,
  { credentials, service, region, payload, nowMs, acting = [] }: SignedFor<C>,
): VerifiedSignature<C> {
  const algorithm = region === '*' ? V4A : V4;
  const query = parseQuery(request.url ?? '');
  const claim = claimOf(request, query, algorithm);
  const { date, signature, signedHeaders } = claim;
  const scope = [date.slice(0, 8), ...(region === '*' ? [] : [region]), service, 'aws4_request'].join('/');
  if (claim.scope !== scope) throw malformed(`its scope must be ${scope}`);
  if (region === '*' && headerValue(request, 'x-amz-region-set') !== '*')
    throw malformed('x-amz-region-set must be *');
  const credential = credentials.find((known) => known.accessKeyId === claim.accessKeyId);
  if (!credential) throw new SignatureError('unknownKey');
  checkTime(claim, nowMs, CLOCK_SKEW_SECONDS[algorithm]);
  checkSignedHeaders(request, signedHeaders, acting);
  const [path = ''] = (request.url ?? '').split('?');
  const canonicalRequest = [
    request.method,
    // S3 takes the path as it is. Others encode it a second time, which shows in the KeyValueStore's paths only.
    uriEncodePath(algorithm === V4 ? decodePath(path) : path),
    canonicalQuery(query.filter(([name]) => name !== 'X-Amz-Signature')),
    ...signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    '',
    signedHeaders.join(';'),
    typeof payload === 'string' ? payload : sha256Hex(payload),
  ].join('\n');
  const stringToSign = [algorithm, date, scope, sha256Hex(canonicalRequest)].join('\n');
  const signingKey = deriveSigningKey(credential.secretAccessKey, scope);
  const isGood =
    algorithm === V4
      ? isSignatureOf(signature, signingKey, stringToSign)
      : verify('sha256', Buffer.from(stringToSign), publicKeyOf(credential), Buffer.from(signature, 'hex'));
  if (!isGood) throw new SignatureError('mismatch');
  return { credential, signature, signingKey, date, scope };
}

/** A request's statement about its own signature. Nothing in it is checked yet. */
interface Claim {
  accessKeyId: string;
  scope: string;
  signedHeaders: string[];
  /** In hex. */
  signature: string;
  date: string;
  /** Seconds; only in a presigned URL. */
  expires?: number;
}

/**
 * Reads the claim from the header, or from the query of a presigned URL.
 * @throws SignatureError if there is none, there are both, or it cannot be read
 */
function claimOf(
  request: IncomingMessage,
  query: readonly QueryPair[],
  algorithm: typeof V4 | typeof V4A,
): Claim {
  const { authorization } = request.headers;
  const isPresigned = algorithm === V4 && query.some(([name]) => name.startsWith('X-Amz-'));
  if (isPresigned && authorization === undefined) return claimOfQuery(query);
  if (isPresigned) throw malformed('Only one auth mechanism allowed: the query or the header');
  if (authorization === undefined) throw new SignatureError('unsigned');
  const [, named, accessKeyId = '', scope = '', names = '', signature = ''] =
    /^(\S+) +Credential=([^,\s/]+)\/([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=(\S+)$/.exec(
      authorization,
    ) ?? [];
  if (named !== algorithm) throw malformed(`the algorithm must be ${algorithm}`);
  const date = headerValue(request, 'x-amz-date');
  if (Number.isNaN(parseAmzDate(date))) throw new SignatureError('undated');
  return { accessKeyId, scope, signedHeaders: names.split(';'), signature, date };
}

function claimOfQuery(query: readonly QueryPair[]): Claim {
  const only = (name: string): string => {
    const values = query.filter(([key]) => key === name);
    const [value] = values;
    if (!value || values.length > 1) throw new SignatureError('wrongQuery', `${name} must be there, once`);
    return value[1];
  };
  const date = only('X-Amz-Date');
  const expires = only('X-Amz-Expires');
  if (only('X-Amz-Algorithm') !== V4 || Number.isNaN(parseAmzDate(date))) {
    throw new SignatureError('wrongQuery', `X-Amz-Algorithm must be ${V4}, X-Amz-Date YYYYMMDDTHHMMSSZ`);
  }
  if (!/^[1-9]\d{0,6}$/.test(expires) || Number(expires) > LONGEST_EXPIRY_SECONDS) {
    throw new SignatureError('wrongQuery', 'X-Amz-Expires must be 1 to 604800 seconds: a week');
  }
  const [accessKeyId = '', ...scope] = only('X-Amz-Credential').split('/');
  return {
    ...{ accessKeyId, scope: scope.join('/'), date },
    signedHeaders: only('X-Amz-SignedHeaders').split(';'),
    signature: only('X-Amz-Signature'),
    expires: Number(expires),
  };
}

/** `YYYYMMDDTHHMMSSZ` as milliseconds; NaN for any other text. */
function parseAmzDate(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!parts) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** A header in the form that is signed: inner spaces collapsed, repetitions joined. Node has trimmed it. */
function headerValue(request: IncomingMessage, name: string): string {
  return (request.headersDistinct[name] ?? []).map((value) => value.replace(/ +/g, ' ')).join(',');
}

/** The key of version 4. @param scope `YYYYMMDD/region/service/aws4_request` */
function deriveSigningKey(secretAccessKey: string, scope: string): Buffer {
  return scope
    .split('/')
    .reduce(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
}

/**
 * The public half of the key pair that a secret stands for in version 4A: NIST SP 800-108 in counter mode with
 * HMAC-SHA256. A second count would be for the one secret of four billion whose number is above the order of the curve.
 */
function publicKeyOf({ accessKeyId, secretAccessKey }: Credentials): KeyObject {
  const input = Buffer.concat([
    Buffer.from([0, 0, 0, 1]),
    Buffer.from(`${V4A}\0${accessKeyId}`),
    Buffer.from([1, 0, 0, 1, 0]),
  ]);
  const number = BigInt(`0x${createHmac('sha256', `AWS4A${secretAccessKey}`).update(input).digest('hex')}`);
  const pair = createECDH('prime256v1');
  pair.setPrivateKey((number + 1n).toString(16).padStart(64, '0'), 'hex');
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
}

/** @param signature in hex, as it came */
export function isSignatureOf(signature: string, signingKey: Buffer, stringToSign: string): boolean {
  const expected = Buffer.from(createHmac('sha256', signingKey).update(stringToSign).digest('hex'));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function checkTime({ date, expires }: Claim, nowMs: number, skewSeconds: number): void {
  const ageSeconds = (nowMs - parseAmzDate(date)) / 1000;
  if (expires !== undefined && ageSeconds > expires) throw new SignatureError('expired');
  if (ageSeconds < -skewSeconds || (expires === undefined && ageSeconds > skewSeconds))
    throw new SignatureError('skewed');
}

/** Checks that no unsigned header has an effect. */
function checkSignedHeaders(
  request: IncomingMessage,
  signedHeaders: readonly string[],
  acting: readonly string[],
): void {
  const unsigned = Object.keys(request.headers).filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-') || acting.includes(name)) &&
      !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    const words = 'There were headers present in the request which were not signed:';
    throw new SignatureError('unsignedHeaders', `${words} ${unsigned.join(', ')}`);
  }
  if (request.headers['x-amz-security-token'] !== undefined) throw new SignatureError('withToken');
}

function malformed(why: string): SignatureError {
  return new SignatureError('malformed', `The authorization is malformed: ${why}`);
}

function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
