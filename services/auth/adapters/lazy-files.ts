import type { MultipartStore, ObjectStore } from '../domain/file-ports.ts';
import { lazily } from '../domain/lazily.ts';
import type { FilesOptions } from './files.ts';

/** The files in a bucket. The client of S3 is loaded at the first call. */
export function createLazyFiles(options: FilesOptions): {
  objects: ObjectStore;
  multipart: MultipartStore;
} {
  const files = lazily(async () => {
    const { createFiles } = await import('./files.ts');
    return createFiles(options);
  });
  const objects = async () => (await files()).objects;
  const multipart = async () => (await files()).multipart;
  return {
    objects: {
      uploadOrigin: async () => (await objects()).uploadOrigin(),
      presignUpload: async (upload) => (await objects()).presignUpload(upload),
      find: async (key) => (await objects()).find(key),
      delete: async (key) => (await objects()).delete(key),
      deleteMany: async (keys) => (await objects()).deleteMany(keys),
      markFolder: async (key) => (await objects()).markFolder(key),
      now: async (prefix) => (await objects()).now(prefix),
      list: async (query) => (await objects()).list(query),
    },
    multipart: {
      create: async (file) => (await multipart()).create(file),
      presignPart: async (upload, part) => (await multipart()).presignPart(upload, part),
      listParts: async (upload) => (await multipart()).listParts(upload),
      complete: async (upload, parts, how) => (await multipart()).complete(upload, parts, how),
      abort: async (upload) => (await multipart()).abort(upload),
    },
  };
}
