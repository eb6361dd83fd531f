import { createHash, createHmac } from 'node:crypto';

export interface SigningScope {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** The headers that sign a request without a body for S3 (AWS Signature Version 4, header form). */
export function signForS3(
  request: { method: string; host: string; rawPath: string; rawQuery: string },
  { accessKeyId, secretAccessKey, region }: SigningScope,
  nowMs: number,
): Record<string, string> {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    host: request.host,
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-amz-date': time,
  };
  const signedHeaders = Object.keys(headers).join(';');
  const canonicalRequest = [
    request.method,
    recode(request.rawPath, '/'),
    canonicalQuery(request.rawQuery),
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const hash = createHash('sha256').update(canonicalRequest).digest('hex');
  const stringToSign = ['AWS4-HMAC-SHA256', time, scope, hash].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const signature = createHmac('sha256', key).update(stringToSign).digest('hex');
  const credential = `Credential=${accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

/**
 * S3 signs its own spelling of what it decoded, not the bytes that were sent: every byte but the unreserved ones
 * escaped, in upper case. Only the signature is about that spelling; the request keeps its bytes.
 */
function recode(raw: string, kept: string): string {
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
