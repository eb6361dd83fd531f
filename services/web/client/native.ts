import { createAccount } from './account.ts';
import { lose } from './api.ts';
import { ApiError } from './api-error.ts';
import { createBearer } from './bearer.ts';
import type { Device } from './device.ts';
import { createFolder } from './folder.ts';
import type {
  Credential,
  DownloadOptions,
  NativeFolder,
  NativeGateway,
  NativeOptions,
} from './native-types.ts';
import type { SignedPut } from './send.ts';
import { createTeam } from './team.ts';
import type { Folder } from './types.ts';

export type { ErrorCode } from './api-error.ts';
export type * from './native-types.ts';
export type * from './types.ts';
export { ApiError };

/** S3 must have taken a part by then. */
const PUT_TIMEOUT_MS = 600_000;

/**
 * The app host and the files host, for a program that is no browser: Node, Deno, Bun, React Native. Nothing is sent
 * before a method is called. No redirect is followed, and nobody but the app host gets the access token.
 * @throws TypeError if `appOrigin` is no https origin, and none of this machine
 */
export function createGateway(options: NativeOptions): NativeGateway {
  const bearer = createBearer(options);
  const deviceFor = (team?: string): Device => ({
    appOrigin: () => options.appOrigin,
    fetch: async (url, init) => withCookie(await bearer.credential(team), url, init),
    send,
    recall: async (key) => (await options.storage?.getItem(key)) ?? null,
    remember: (key, value) =>
      value === undefined ? options.storage?.removeItem(key) : options.storage?.setItem(key, value),
  });
  const user = {
    ...bearer,
    // A list and an upload need no credential of the folder.
    session: async () => null,
    inTeam: <T>(_id: string, run: () => Promise<T>) => run(),
    leave() {},
  };

  /** The folder of the user, or of a team, with what only programs have. */
  function withDownload<F extends Omit<Folder, 'session'>>(folder: F, team?: string) {
    const { addThumbnail: _, ...files } = folder.files;
    return {
      ...folder,
      credential: () => bearer.credential(team),
      files: { ...files, download: (name, init) => download(bearer, name, { team, ...init }) },
    } satisfies NativeFolder;
  }

  return {
    ...withDownload(createFolder(user, deviceFor())),
    session: bearer.session,
    logout: bearer.logout,
    ...createAccount(bearer.request),
    team(id) {
      const { session: _, ...team } = createTeam(user, deviceFor(id), id);
      return withDownload(team, id);
    },
  };
}

/** @throws ApiError; the reason of `signal` */
async function download(
  { credential, renew }: Pick<ReturnType<typeof createBearer>, 'credential' | 'renew'>,
  name: string,
  { team, signal, ...init }: DownloadOptions & { team?: string | undefined },
): Promise<Response> {
  const segments = name.split('/');
  // A URL resolves such segments.
  if (segments.some((segment) => /^\.{0,2}$/.test(segment))) throw new ApiError(404, 'no_such_file');
  const path = segments.map(encodeURIComponent).join('/');
  const ask = (opened: Credential) =>
    withCookie(opened, opened.origin + opened.prefix + path, { ...init, signal: signal ?? null });
  const used = await credential(team);
  let answer = await ask(used);
  if (answer.status === 403) {
    // By the clock of the edge, the credential may have ended.
    await answer.body?.cancel();
    answer = await ask(await renew(team));
  }
  const { ok, status } = answer;
  if (ok || status === 304) return answer;
  await answer.body?.cancel();
  throw new ApiError(status, status === 404 ? 'no_such_file' : 'storage_refused');
}

async function withCookie(
  { origin, prefix, cookie }: Credential,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const { headers, signal } = init;
  // The app host names the address.
  if (!url.startsWith(origin + prefix)) throw new TypeError(`no file of ${origin}`);
  return fetch(url, {
    ...init,
    headers: { ...Object.fromEntries(new Headers(headers)), cookie },
    credentials: 'omit',
    redirect: 'error',
  }).catch((cause) => {
    signal?.throwIfAborted();
    return lose(cause);
  });
}

/** `fetch` reports no progress, so a part counts when S3 has it. */
async function send(
  { url, headers }: SignedPut,
  body: Blob,
  signal: AbortSignal,
  onSent?: (sentBytes: number) => void,
): Promise<string | null> {
  const answer = await fetch(url, {
    method: 'PUT',
    headers,
    body,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(PUT_TIMEOUT_MS)]),
  }).catch(lose);
  await answer.body?.cancel();
  if (!answer.ok) throw new ApiError(answer.status, 'storage_refused');
  onSent?.(body.size);
  return answer.headers.get('etag');
}
