import type { Asker, RequestApi } from './api.ts';
import type { Renewal } from './renewal.ts';
import { addMissing } from './thumbnails.ts';
import type { Gateway, Listing, ListOptions, UploadOptions } from './types.ts';
import { upload } from './uploads.ts';

/** The files of the signed-in user. */
export function createFiles({ request, signedIn }: Pick<Renewal, 'request' | 'signedIn'>): Gateway['files'] {
  /** Who is signed in now. An upload or a long list takes a while, and somebody else may sign in meanwhile. */
  async function asUser(): Promise<Asker> {
    const { id } = (await signedIn()).user;
    return { id, ask: (method, path, body) => request(method, path, body, id) };
  }

  return {
    list: (options) => list(request, options),
    async *all(options) {
      const { ask } = await asUser();
      let page: Listing | undefined;
      do {
        page = await list(ask, { limit: 1_000, ...options, cursor: page?.cursor });
        yield* page.files;
      } while (page.cursor);
    },
    upload: async (file: Blob, options?: UploadOptions) => upload(await asUser(), file, options),
    addThumbnail: async (file) => addMissing((await asUser()).ask, file),
    delete: (name) => request('DELETE', `/api/files?name=${encodeURIComponent(name)}`),
    usage: () => request('GET', '/api/files/usage'),
    share: (name, options) => request('POST', '/api/shares', { name, ...options }),
  };
}

function list(ask: RequestApi, options: ListOptions = {}): Promise<Listing> {
  // Leaves out the options that are undefined.
  return ask('GET', `/api/files?${new URLSearchParams(JSON.parse(JSON.stringify(options)))}`);
}
