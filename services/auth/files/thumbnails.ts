import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { objectKey, type StoredName, thumbnailKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { MAX_THUMBNAIL_BYTES } from '@cloudfront-cookie-gateway/core/upload-limits';
import type { ObjectStore } from './bucket.ts';
import type { SignedPut } from './file.ts';
import type { Usage } from './usage.ts';

const THUMBNAIL_TYPE = 'image/webp';

/**
 * Signs a PUT for the thumbnail of a file that exists. The thumbnail may replace another one.
 * @param picture.size bytes
 * @param picture.sha256 in hex
 * @throws GatewayError invalid_name, no_such_file, file_too_large, quota_exceeded, files_unavailable
 */
export async function presignThumbnail(
  deps: { objects: Pick<ObjectStore, 'find' | 'presignUpload'>; usage: Pick<Usage, 'take'> },
  owner: Owner,
  name: StoredName,
  picture: { size: number; sha256: string },
): Promise<SignedPut> {
  const file = objectKey(owner, name);
  const key = thumbnailKey(owner, file);
  if (key === undefined) {
    throw new GatewayError('invalid_name', {
      detail: 'The name is too long: the name of its thumbnail is longer still.',
    });
  }
  if (!(await deps.objects.find(file))) throw new GatewayError('no_such_file');
  if (picture.size > MAX_THUMBNAIL_BYTES) {
    throw new GatewayError('file_too_large', {
      detail: `A thumbnail has at most ${MAX_THUMBNAIL_BYTES} bytes.`,
    });
  }
  await deps.usage.take(owner, key, picture.size);
  return deps.objects.presignUpload({ key, type: THUMBNAIL_TYPE, replace: true, ...picture });
}

/**
 * Deletes the thumbnail before its file is replaced or deleted. So no list shows the thumbnail with another content,
 * even if a later step fails.
 * @param file the key of the file
 * @throws GatewayError files_unavailable
 */
export async function dropThumbnail(
  objects: Pick<ObjectStore, 'delete'>,
  owner: Owner,
  file: string,
): Promise<void> {
  const key = thumbnailKey(owner, file);
  if (key !== undefined) await objects.delete(key);
}
