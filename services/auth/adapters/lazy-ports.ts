import type { MultipartStore, ObjectStore } from '../domain/file-ports.ts';
import { lazily } from '../domain/lazily.ts';
import type { IdentityProvider } from '../domain/ports.ts';
import { discover } from './discovery.ts';
import type { FilesOptions } from './files.ts';
import type { OidcOptions } from './oidc.ts';

/** An OpenID provider. The libraries that talk to it are loaded at the first sign-in. */
export function createIdentityProvider(options: OidcOptions): IdentityProvider {
  let loaded: IdentityProvider | undefined;
  let knownOrigin: string | undefined;
  const oidc = lazily(async () => {
    const { createOidc } = await import('./oidc.ts');
    loaded = createOidc(options);
    return loaded;
  });
  return {
    authorizationUrl: async (request) => (await oidc()).authorizationUrl(request),
    exchange: async (callbackUrl, request) => (await oidc()).exchange(callbackUrl, request),
    endSessionUrl: async (idToken, state) => (await oidc()).endSessionUrl(idToken, state),
    refresh: async (refreshToken, untilMs) => (await oidc()).refresh(refreshToken, untilMs),
    revoke: async (refreshToken) => (await oidc()).revoke(refreshToken),
    readLogoutToken: async (rawToken) => (await oidc()).readLogoutToken(rawToken),
    endSessionOrigin: () => loaded?.endSessionOrigin() ?? knownOrigin,
    async check() {
      if (loaded) return loaded.check();
      const { end_session_endpoint: endpoint } = await discover(options.issuer, options.limits.providerMs);
      knownOrigin = endpoint === undefined ? undefined : new URL(endpoint).origin;
    },
  };
}

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
