import { createECDH, createHash, createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from './credentials.ts';
import { checkSignedHeaders, headerValue, parseAmzDate, SignatureError } from './signature-v4.ts';
import { canonicalQuery, parseQuery, uriEncodePath } from './uri.ts';

const ALGORITHM = 'AWS4-ECDSA-P256-SHA256';

/** Seconds that a clock may be off (IAM User Guide, "Elements of an AWS API request signature"). */
const CLOCK_SKEW_SECONDS = 300;

/**
 * Verifies AWS Signature Version 4A in the header, for a service of all regions (IAM User Guide, "Create a signed AWS
 * API request"). It is an ECDSA signature, so this side needs the public key only.
 * @param acting headers that must be signed if they are there, beside `host` and `x-amz-*`
 * @throws SignatureError
 */
export function verifySignatureV4a(
  request: IncomingMessage,
  body: Buffer,
  credentials: readonly Credentials[],
  options: { service: string; acting: readonly string[]; nowMs: number },
): void {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    throw new SignatureError('MissingAuthenticationToken', 'The request is not signed.');
  }
  const parts =
    /^AWS4-ECDSA-P256-SHA256 +Credential=([^,\s/]+)\/([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=((?:[0-9a-f]{2})+)$/.exec(
      authorization,
    );
  if (!parts) throw malformed(`The authorization header must be ${ALGORITHM}`);
  const [, accessKeyId = '', scope = '', names = '', signature = ''] = parts;
  const date = headerValue(request, 'x-amz-date');
  const skewSeconds = Math.abs(parseAmzDate(date) - options.nowMs) / 1_000;
  const expectedScope = `${date.slice(0, 8)}/${options.service}/aws4_request`;
  if (scope !== expectedScope) throw malformed(`The scope of the credential must be ${expectedScope}`);
  if (headerValue(request, 'x-amz-region-set') !== '*') throw malformed('x-amz-region-set must be *');
  const credential = credentials.find((known) => known.accessKeyId === accessKeyId);
  if (!credential) throw new SignatureError('InvalidAccessKeyId', 'The security token is invalid.');
  // It is no number if there is no valid date.
  if (!(skewSeconds <= CLOCK_SKEW_SECONDS)) {
    throw new SignatureError('RequestTimeTooSkewed', `Signature not current: it is of ${date}`);
  }
  const signedHeaders = names.split(';');
  checkSignedHeaders(request, signedHeaders, options.acting);
  const [path = ''] = (request.url ?? '').split('?');
  const canonicalRequest = [
    request.method,
    // The path is encoded a second time. Only S3 takes the path as it is.
    uriEncodePath(path),
    canonicalQuery(parseQuery(request.url ?? '')),
    ...signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    '',
    names,
    sha256Hex(body),
  ].join('\n');
  const stringToSign = [ALGORITHM, date, scope, sha256Hex(canonicalRequest)].join('\n');
  const key = publicKeyOf(credential);
  if (!verify('sha256', Buffer.from(stringToSign), key, Buffer.from(signature, 'hex'))) {
    throw new SignatureError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
}

/**
 * The public half of the key pair that a secret stands for: NIST SP 800-108 in counter mode with HMAC-SHA256. A second
 * count would be for the one secret of four billion whose number is above the order of the curve.
 */
function publicKeyOf({ accessKeyId, secretAccessKey }: Credentials): KeyObject {
  const input = Buffer.concat([
    Buffer.from([0, 0, 0, 1]),
    Buffer.from(`${ALGORITHM}\0${accessKeyId}`),
    Buffer.from([1, 0, 0, 1, 0]),
  ]);
  const number = BigInt(`0x${createHmac('sha256', `AWS4A${secretAccessKey}`).update(input).digest('hex')}`);
  const pair = createECDH('prime256v1');
  pair.setPrivateKey((number + 1n).toString(16).padStart(64, '0'), 'hex');
  const point = pair.getPublicKey();
  return createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}

function malformed(message: string): SignatureError {
  return new SignatureError('AuthorizationHeaderMalformed', message);
}

function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
