import { HeadBucketCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { encodeKey } from '@cloudfront-cookie-gateway/core/file-name';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SignedPut } from './file.ts';

interface PutPresigner {
  /** The address of the bucket, as the SDK's endpoint rules give it. */
  bucketUrl: string;
  /**
   * Signs a PUT that S3 takes only with exactly these bytes and headers.
   * @param put.size bytes
   * @param put.sha256 of the bytes, in hex
   * @param put.lifetimeSeconds the PUT must begin within this time
   * @throws GatewayError files_unavailable
   */
  presign(put: {
    key: string;
    size: number;
    sha256: string;
    headers?: Record<string, string>;
    query?: Record<string, string>;
    lifetimeSeconds: number;
  }): Promise<SignedPut>;
}

/** One bucket, with its client and its signed PUTs. */
export interface Bucket {
  s3: S3Client;
  bucketName: string;
  presigner: PutPresigner;
}

/** @throws GatewayError files_unavailable */
export async function askS3<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new GatewayError('files_unavailable', { cause });
  }
}

/** S3's code of what `askS3` has thrown. Empty if S3 has not answered. */
export function codeOf(error: unknown): string {
  const cause = error instanceof GatewayError ? error.cause : undefined;
  return cause instanceof S3ServiceException ? cause.name : '';
}

/** Signature Version 4 in the query (Amazon S3 API Reference, "Authenticating requests: using query parameters"). */
export async function createPutPresigner(options: {
  s3: S3Client;
  bucketName: string;
  now: () => number;
}): Promise<PutPresigner> {
  const { s3, bucketName, now } = options;
  const { credentials, region, sha256 } = s3.config;
  const signer = new SignatureV4({ credentials, region, sha256, service: 's3', uriEscapePath: false });
  const bucketUrl = await endpointOf(s3, bucketName);
  const { protocol, hostname, host, pathname } = new URL(bucketUrl);
  const bucketPath = pathname.replace(/\/$/, '');

  return {
    bucketUrl,
    async presign({ key, size, sha256: hex, headers: others = {}, query = {}, lifetimeSeconds }) {
      const headers = {
        ...others,
        // The signature covers the bytes …
        'x-amz-content-sha256': hex,
        // … and S3 keeps their checksum, so that a later client can compare.
        'x-amz-checksum-sha256': Buffer.from(hex, 'hex').toString('base64'),
      };
      const signingDate = new Date(now());
      const path = `${bucketPath}/${encodeKey(key)}`;
      const request = {
        method: 'PUT',
        protocol,
        hostname,
        path,
        query,
        headers: { host, 'content-length': String(size), ...headers },
      };
      // A header that moves into the query does not bind the client.
      const unhoistableHeaders = new Set(Object.keys(headers));
      const options = { signingDate, expiresIn: lifetimeSeconds, unhoistableHeaders };
      const signed = await askS3(() => signer.presign(request, options));
      const pairs = Object.entries(signed.query ?? {});
      const text = new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]));
      const url = `${protocol}//${host}${path}?${text}`;
      return { url, headers, expiresAt: new Date(signingDate.getTime() + lifetimeSeconds * 1_000) };
    },
  };
}

/** The endpoint of the bucket. Nothing is sent: the command ends as soon as the SDK has resolved the endpoint. */
async function endpointOf(s3: S3Client, bucketName: string): Promise<string> {
  const command = new HeadBucketCommand({ Bucket: bucketName });
  let endpoint: URL | undefined;
  command.middlewareStack.add(
    (_next, context) => async () => {
      endpoint = context.endpointV2?.url;
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'build' },
  );
  await s3.send(command);
  if (!endpoint) throw new Error('the SDK has no endpoint for the bucket');
  return endpoint.href;
}
