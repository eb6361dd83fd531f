import { createHmac, hash } from 'node:crypto';

export interface SigningScope {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/**
 * Gives the headers that sign a request without a body for S3 (AWS Signature Version 4, header form). Values that stay
 * the same for a day, or for a second, are computed once.
 * @param host the host of the endpoint
 */
export function createS3Signer(
  { accessKeyId, secretAccessKey, region }: SigningScope,
  host: string,
): (request: SignedRequest, nowMs: number) => Record<string, string> {
  let second = Number.NaN;
  let time = '';
  let day = '';
  let key: Buffer = Buffer.alloc(0);

  function turnTo(nowSecond: number): void {
    second = nowSecond;
    time = new Date(nowSecond * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, '');
    if (time.startsWith(day) && day !== '') return;
    day = time.slice(0, 8);
    key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
      (previous, part) => createHmac('sha256', previous).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
  }

  return ({ method, rawPath, rawQuery }, nowMs) => {
    if (Math.floor(nowMs / 1_000) !== second) turnTo(Math.floor(nowMs / 1_000));
    const canonicalRequest =
      `${method}\n${recode(rawPath, '/')}\n${canonicalQuery(rawQuery)}\n` +
      `host:${host}\nx-amz-content-sha256:${UNSIGNED}\nx-amz-date:${time}\n\n${SIGNED_HEADERS}\n${UNSIGNED}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    const stringToSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonicalRequest)}`;
    const signature = createHmac('sha256', key).update(stringToSign).digest('hex');
    return {
      host,
      'x-amz-content-sha256': UNSIGNED,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`,
    };
  };
}

const UNSIGNED = 'UNSIGNED-PAYLOAD';
const SIGNED_HEADERS = 'host;x-amz-content-sha256;x-amz-date';

interface SignedRequest {
  method: string;
  rawPath: string;
  rawQuery: string;
}

/**
 * S3 signs its own spelling of the decoded path, not the bytes that were sent. In this spelling every byte except the
 * unreserved ones is escaped, in upper case. It serves the signature only: the request keeps its bytes.
 */
function recode(raw: string, kept: string): string {
  if (kept === '/' ? /^[\w\-.~/]*$/.test(raw) : /^[\w\-.~]*$/.test(raw)) return raw;
  let spelled = '';
  for (let i = 0; i < raw.length; i++) {
    const escaped = /^%([0-9A-Fa-f]{2})/.exec(raw.slice(i, i + 3));
    const byte = escaped ? Number.parseInt(escaped[1] ?? '', 16) : raw.charCodeAt(i);
    if (escaped) i += 2;
    const character = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9\-._~]/.test(character) || kept.includes(character);
    spelled += isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return spelled;
}

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  const pairs = rawQuery.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return `${recode(name, '')}=${recode(value.join('='), '')}`;
  });
  return pairs.sort().join('&');
}
