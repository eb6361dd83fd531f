import { GatewayError } from './errors.ts';

/** A file up to this size goes in one PUT. A larger file goes in parts. */
export const MAX_PUT_BYTES = 16 * 1_024 * 1_024;
/** Every part but the last has this size. */
export const PART_BYTES = 8 * 1_024 * 1_024;
/** S3 takes at most 10,000 parts (S3 User Guide, "Multipart upload limits"). */
export const MAX_PARTS = 10_000;
export const MAX_UPLOAD_BYTES = PART_BYTES * MAX_PARTS;
export const MAX_THUMBNAIL_BYTES = 65_536;

/** `type/subtype` in lower case, without parameters (RFC 6838, section 4.2). */
export const MEDIA_TYPE = '[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*';
const WHOLE_MEDIA_TYPE = new RegExp(`^${MEDIA_TYPE}$`);

/** What a deployment allows, by `MAX_FILE_BYTES` and `ALLOWED_TYPES`. Every type is allowed if there is no list. */
export interface UploadLimits {
  maxFileBytes: number;
  allowedTypes?: readonly string[] | undefined;
}

/** @throws GatewayError file_too_large, type_not_allowed */
export function checkUploadLimits(
  { size, type }: { size: number; type: string },
  { maxFileBytes, allowedTypes }: UploadLimits,
): void {
  if (size > maxFileBytes) {
    throw new GatewayError('file_too_large', { detail: `The file is larger than ${maxFileBytes} bytes.` });
  }
  if (!WHOLE_MEDIA_TYPE.test(type)) {
    throw new GatewayError('type_not_allowed', {
      detail: 'The type must be like image/png: lower case, without parameters.',
    });
  }
  if (allowedTypes && !allowedTypes.includes(type)) {
    throw new GatewayError('type_not_allowed', {
      detail: `Files of this type are not allowed. Allowed types: ${allowedTypes.join(', ')}.`,
    });
  }
}
