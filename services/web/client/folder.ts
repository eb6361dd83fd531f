import type { Asker, SignedIn } from './api.ts';
import type { Device } from './device.ts';
import { addMissing } from './thumbnails.ts';
import type {
  Folder,
  ListedFile,
  ListedShare,
  Listing,
  ListOptions,
  RequestApi,
  UploadOptions,
} from './types.ts';
import { upload } from './uploads.ts';

/**
 * The files and shares of a folder.
 * @param base where the app host has them: `/api` for the signed-in user's own, or the path of a team
 */
export function createFolder(
  { request, signedIn }: SignedIn,
  device: Device,
  base = '/api',
): Omit<Folder, 'session'> {
  const askAs =
    (userId?: string): RequestApi =>
    (method, path, body) =>
      request(method, base + path, body, userId);
  const ask = askAs();
  const list = async (as: RequestApi, options?: ListOptions): Promise<Listing> => {
    const listing = await listFiles(as, options);
    return {
      ...listing,
      files: listing.files.map((file) => ({ ...file, ...pageOf(device.appOrigin() + base, file.name) })),
    };
  };

  /** Who is signed in now. An upload or a long list takes a while, and somebody else may sign in meanwhile. */
  async function asUser(): Promise<Asker> {
    const { id } = (await signedIn()).user;
    return { id: id + base.slice('/api'.length), ask: askAs(id), ...device };
  }

  return {
    files: {
      list: (options) => list(ask, options),
      async *all(options) {
        const user = await asUser();
        let page: Listing | undefined;
        do {
          page = await list(user.ask, { limit: 1_000, ...options, cursor: page?.cursor });
          yield* page.files;
        } while (page.cursor);
      },
      upload: async (file: Blob, options?: UploadOptions) => upload(await asUser(), file, options),
      addThumbnail: async (file, options) => addMissing(await asUser(), file, options),
      delete: (name, options) => ask('DELETE', `/files?name=${encodeURIComponent(name)}`, options),
      usage: (options) => ask('GET', '/files/usage', options),
      share: (name, options) => ask('POST', '/shares', { name, ...options }),
    },
    shares: {
      list: async (options) => (await ask<{ shares: ListedShare[] }>('GET', '/shares', options)).shares,
      revoke: (id, options) => ask('DELETE', `/shares/${id}`, options),
    },
    asUser,
  };
}

/** Where the page of the app host shows a file: a hash, which no server learns. A guest has no such place. */
function pageOf(base: string, name: string): Pick<ListedFile, 'page'> {
  const { origin, pathname } = new URL(base);
  const [, , kind, id] = pathname.split('/');
  if (kind === 'links') return {};
  const path = name.split('/').map(encodeURIComponent).join('/');
  return { page: `${origin}/#${id ? `team/${id}` : ''}/${path}` };
}

function listFiles(ask: RequestApi, { signal, ...options }: ListOptions = {}): Promise<Listing> {
  // Leaves out the options that are undefined.
  return ask('GET', `/files?${new URLSearchParams(JSON.parse(JSON.stringify(options)))}`, { signal });
}
