import { lazily, lazyMethods } from '../lazily.ts';
import type { FilesOptions, ObjectStore } from './bucket.ts';
import type { MultipartStore } from './multipart.ts';

/** The files in a bucket. The client of S3 is loaded at the first call. */
export function createLazyFiles(options: FilesOptions) {
  const files = lazily(async () => (await import('./bucket.ts')).createFiles(options));
  return {
    objects: lazyMethods<ObjectStore>(async () => (await files()).objects),
    multipart: lazyMethods<MultipartStore>(async () => (await files()).multipart),
  };
}
