import { ApiError } from '@cloudfront-cookie-gateway/client';
import type { FailedFile } from '@cloudfront-cookie-gateway/client/files';
import { NUMBER, text } from '../words/language.ts';
import { describeWith } from '../words/words.ts';

/** Why an operation failed, in words for the person. */
export const describe = describeWith({
  file_exists: 'nameTaken',
  invalid_name: 'nameRefused',
  quota_exceeded: 'noRoomThere',
  no_trash: 'noTrash',
});

/** How many files failed alone, and why the first of them did. Nothing if none did. */
export function describeFailed(failed: readonly FailedFile[]): string[] {
  const [first] = failed;
  if (!first) return [];
  const reason = describe(new ApiError(409, first.code));
  return [text('failedSome', { count: NUMBER.format(failed.length), reason })];
}
