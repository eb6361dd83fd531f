import type { MultipartStore, ObjectStore } from '../domain/file-ports.ts';
import { lazily, lazyMethods } from '../domain/lazily.ts';
import type { FilesOptions } from './files.ts';

/** The files in a bucket. The client of S3 is loaded at the first call. */
export function createLazyFiles(options: FilesOptions) {
  const files = lazily(async () => (await import('./files.ts')).createFiles(options));
  return {
    objects: lazyMethods<ObjectStore>(async () => (await files()).objects),
    multipart: lazyMethods<MultipartStore>(async () => (await files()).multipart),
  };
}
