import { randomBytes } from 'node:crypto';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type FileName, objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import {
  checkUploadLimits,
  MAX_PUT_BYTES,
  type UploadLimits,
} from '@cloudfront-cookie-gateway/core/upload-limits';
import type { Details } from '../details/details.ts';
import type { ObjectStore } from './bucket.ts';
import type { SignedPut, Uploader } from './file.ts';
import type { BegunUpload, Uploads } from './multipart-uploads.ts';
import { dropThumbnail } from './thumbnails.ts';
import type { Usage } from './usage.ts';

export interface WantedUpload {
  name: string;
  /** Bytes. */
  size: number;
  type: string;
  /** Of the content, in hex. An upload in parts does without. */
  sha256?: string;
  /** The file's own date. */
  changedAt?: string;
}

/**
 * Begins an upload: a signed PUT for one content, or above 16 MB an upload in parts. Without `replace`, a name that is
 * taken is refused: by S3, or for parts here, before the first part.
 * @throws GatewayError bad_request, invalid_name, file_exists, file_too_large, type_not_allowed, quota_exceeded,
 *   files_unavailable
 */
export async function beginUpload(
  deps: {
    objects: Pick<ObjectStore, 'find' | 'delete' | 'presignUpload'>;
    uploads: Pick<Uploads, 'begin'>;
    usage: Pick<Usage, 'take'>;
    details: Pick<Details, 'signing'>;
    config: UploadLimits;
  },
  uploader: Uploader,
  wanted: WantedUpload & { replace?: boolean },
): Promise<{ name: FileName; upload: SignedPut | BegunUpload }> {
  const { objects, usage, uploads, details } = deps;
  const { owner, userId, isGuest } = uploader;
  const { name: rawName, size, type, sha256, replace = false, changedAt } = wanted;
  const isSmall = size <= MAX_PUT_BYTES;
  if (isSmall && sha256 === undefined) {
    throw new GatewayError('bad_request', { detail: 'A file of up to 16 MB needs its sha256, in hex.' });
  }
  const name = parseFileName(rawName, owner);
  const file = { key: objectKey(owner, name), size, type, replace, ...defined({ changedAt }) };
  const isInTeam = owner.kind === 'team';
  const present = (isSmall ? isInTeam || replace : !replace) ? await objects.find(file.key) : undefined;
  if (present && !isSmall) {
    const lastModified = present.lastModified.toISOString();
    throw new GatewayError('file_exists', { members: { size: present.size, lastModified } });
  }
  checkUploadLimits(file, deps.config);
  if (!isSmall || sha256 === undefined) {
    const id = randomBytes(16).toString('base64url');
    await usage.take(owner, file.key, size, id);
    return { name, upload: await uploads.begin(uploader, file, id) };
  }
  await usage.take(owner, file.key, size);
  const by = isInTeam && !isGuest ? userId : undefined;
  await details.signing({ owner, name }, { size, ...defined({ by, changedAt, present }) });
  if (replace) await dropThumbnail(objects, owner, file.key);
  return { name, upload: await objects.presignUpload({ ...file, sha256 }) };
}
