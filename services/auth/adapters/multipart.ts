import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type Part,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { GatewayError } from '../domain/errors.ts';
import { encodeKey } from '../domain/file-name.ts';
import type { MultipartStore, MultipartUpload, StoredPart } from '../domain/file-ports.ts';

/** The upload of a part must begin within this time: five minutes. */
const PART_LIFETIME_SECONDS = 300;

/** @param bucketUrl where the bucket is, as S3's endpoint rules say it */
export function createMultipartStore(options: {
  s3: S3Client;
  bucketName: string;
  bucketUrl: string;
  now: () => number;
}): MultipartStore {
  const { s3, bucketName, bucketUrl, now } = options;
  const { credentials, region, sha256 } = s3.config;
  const signer = new SignatureV4({ credentials, region, sha256, service: 's3', uriEscapePath: false });
  const place = ({ key, multipartId }: MultipartUpload) => ({
    Bucket: bucketName,
    Key: key,
    UploadId: multipartId,
  });

  return {
    async create({ key, type }) {
      const { UploadId } = await guarded(
        s3.send(
          new CreateMultipartUploadCommand({
            Bucket: bucketName,
            Key: key,
            ContentType: type,
            // Without it S3 refuses parts that name this checksum.
            ChecksumAlgorithm: 'SHA256',
          }),
        ),
      );
      if (UploadId === undefined) throw new GatewayError('files_unavailable');
      return UploadId;
    },

    async presignPart({ key, multipartId }, { number, size, sha256: hex }) {
      const { protocol, hostname, host, port, pathname } = new URL(bucketUrl);
      const headers = {
        // The signature covers the bytes …
        'x-amz-content-sha256': hex,
        // … and S3 keeps their checksum, so that whoever goes on later can compare.
        'x-amz-checksum-sha256': Buffer.from(hex, 'hex').toString('base64'),
      };
      const request = await guarded(
        signer.presign(
          {
            method: 'PUT',
            protocol,
            hostname,
            ...(port === '' ? {} : { port: Number(port) }),
            path: `${pathname.replace(/\/$/, '')}/${encodeKey(key)}`,
            query: { partNumber: String(number), uploadId: multipartId },
            headers: { host, 'content-length': String(size), ...headers },
          },
          {
            signingDate: new Date(now()),
            expiresIn: PART_LIFETIME_SECONDS,
            // In the query they would bind nobody.
            unhoistableHeaders: new Set(Object.keys(headers)),
          },
        ),
      );
      const query = new URLSearchParams(
        Object.entries(request.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
      );
      return { url: `${protocol}//${host}${request.path}?${query}`, headers };
    },

    async listParts(upload) {
      const parts: StoredPart[] = [];
      const read = async () => {
        // The SDK's paginator goes on for ever: S3 names a next marker on the last page too.
        for (let marker: string | undefined = '0'; marker !== undefined; ) {
          const page: ListPartsCommandOutput = await s3.send(
            new ListPartsCommand({ ...place(upload), PartNumberMarker: marker }),
          );
          if (page.UploadId === undefined) throw new Error('the answer is no list of parts');
          parts.push(...(page.Parts ?? []).flatMap(toStoredPart));
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        }
      };
      return (await isThere(read())) ? parts : undefined;
    },

    complete: (upload, parts) =>
      isThere(
        s3.send(
          new CompleteMultipartUploadCommand({
            ...place(upload),
            MultipartUpload: {
              Parts: parts.map(({ number, etag, sha256: hex }) => ({
                PartNumber: number,
                ETag: etag,
                ...(hex === undefined ? {} : { ChecksumSHA256: Buffer.from(hex, 'hex').toString('base64') }),
              })),
            },
          }),
        ),
      ),

    async abort(upload) {
      await isThere(s3.send(new AbortMultipartUploadCommand(place(upload))));
    },
  };
}

function toStoredPart({ PartNumber, Size, ETag, ChecksumSHA256 }: Part): StoredPart[] {
  if (PartNumber === undefined || Size === undefined || ETag === undefined) return [];
  const sha256 = ChecksumSHA256 && Buffer.from(ChecksumSHA256, 'base64').toString('hex');
  return [{ number: PartNumber, size: Size, etag: ETag.replaceAll('"', ''), ...(sha256 ? { sha256 } : {}) }];
}

/** Whether S3 knows the upload that a call is about. */
async function isThere(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (cause) {
    // S3 says NoSuchUpload; Ceph, asked for the parts of an upload that has ended, NoSuchKey.
    const isGone = cause instanceof S3ServiceException && /^NoSuch(Upload|Key)$/.test(cause.name);
    if (isGone) return false;
    throw new GatewayError('files_unavailable', { cause });
  }
}

async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new GatewayError('files_unavailable', { cause });
  }
}
