import { type Asker, createRequest } from './api.ts';
import { ApiError } from './api-error.ts';
import { BROWSER } from './browser.ts';
import { createEvents } from './events.ts';
import { createFolder } from './folder.ts';
import type { Gateway } from './gateway-types.ts';
import type { Emit } from './known-session.ts';
import { keep, kept, leaveLink, OPENED, SECRET } from './link-of-tab.ts';
import { createMediaWatch } from './media.ts';
import { createRenewal } from './renewal.ts';
import { sha256Hex } from './send.ts';
import { recall, remember } from './tabs.ts';
import type { Folder, ListedFile, Method, Session, UploadedFile, UploadOptions } from './types.ts';
import { upload } from './uploads.ts';

export { hasLink, leaveLink, takeLink } from './link-of-tab.ts';

/** A link that this browser has opened. */
export interface OpenedLink {
  id: string;
  /** A viewer lists and reads the team's files. An uploader sends files, and reads nothing. */
  role: 'viewer' | 'uploader';
  team: { id: string; name: string };
  expiresAt: string;
}

/**
 * A team's folder for somebody who has a link to it, and perhaps no account. A viewer's link has `files.list` and
 * `files.all`, an uploader's `files.upload`. The other methods of the folder fail. `session` resolves once the
 * folder's cookies are good; for an uploader it gives null. Events: `signedout` when the link is over, `expired` when
 * the app host does not answer, and `session` with fresh cookies. All methods throw ApiError, `link_over` once the link
 * is over.
 */
export interface Guest extends Folder, Pick<Gateway, 'on' | 'watchImages'> {
  link: OpenedLink;
}

/** The host's answer, and the time of its request by the clock of this device. The cookies are for a viewer. */
interface Opened {
  link: OpenedLink;
  cookies?: Session['cookies'];
  atMs: number;
}

const LINK_OVER = 'link_over';

/** The link that is open in this tab, also after a reload. Call it once, since it renews cookies from then on. */
export function openedLink(): Guest | undefined {
  const opened = kept(OPENED);
  return opened === null ? undefined : createGuest(JSON.parse(opened));
}

/**
 * Opens the link that the tab has taken. If it is still open in this browser, it needs no password, and uploads in
 * parts go on.
 * @throws ApiError `password_needed`, `wrong_password`, `link_over`, `too_many_requests`
 */
export async function openLink(password?: string): Promise<Guest> {
  const secret = kept(SECRET);
  const atMs = Date.now();
  // The hash opens nothing. It tells that this browser has opened the link before.
  const key = await sha256Hex(new Blob([`${secret}`]));
  const id = recall(key);
  const opened =
    (id && (await ask<Opened>('POST', refreshOf(id)).catch(unlessOver))) ||
    (await ask<Opened>('POST', '/auth/links/open', { secret, password }));
  remember(key, opened.link.id);
  keep(SECRET);
  return createGuest({ ...opened, atMs });
}

/** Nobody has to be signed in. */
const ask = createRequest(
  () => undefined,
  () => {},
);

const refreshOf = (id: string) => `/auth/links/${id}/refresh`;

function unlessOver(error: unknown): undefined {
  if (!isLinkOver(error)) throw error;
}

function isLinkOver(error: unknown): boolean {
  return error instanceof ApiError && error.code === LINK_OVER;
}

function createGuest(opened: Opened): Guest {
  const { link } = opened;
  const [emit, on] = createEvents();
  const renewal = createLinkRenewal(opened, emit);
  const base = `/api/links/${link.id}`;
  // The folder takes no thumbnails from a guest.
  const { draw: _, ...device } = BROWSER;
  const folder = createFolder(renewal, device, base);
  const asker: Asker = {
    id: base,
    ...device,
    ask: (method, path, body) => renewal.request(method, base + path, body),
  };

  return {
    link,
    ...folder,
    files: {
      ...folder.files,
      async list(options) {
        const listing = await folder.files.list(options);
        renewal.see(listing.files);
        return listing;
      },
      upload: (file: Blob, options?: UploadOptions) => uploadBeside(asker, file, options),
    },
    session: async () => (renewal.current() ? renewal.session() : null),
    on,
    watchImages: createMediaWatch(renewal, on),
  };
}

/**
 * Sends a file into the folder of the link. The host gives it a free name. If somebody takes that name meanwhile, S3
 * refuses the file, and the host is asked for another name.
 * @returns the name without the folder
 */
async function uploadBeside(asker: Asker, file: Blob, options?: UploadOptions): Promise<UploadedFile> {
  const MAX_NAMES = 5;
  for (let names = 1; ; names++) {
    try {
      // Nothing is replaced by a link.
      const made = await upload(asker, file, { ...options, replace: undefined });
      return { ...made, name: made.name.slice(made.name.indexOf('/') + 1) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'file_exists') throw error;
      if (names === MAX_NAMES) throw new ApiError(error.status, 'storage_refused');
    }
  }
}

/** Keeps the cookies of the link's folder fresh. */
function createLinkRenewal(opened: Opened, emit: Emit) {
  const { id, team } = opened.link;
  const files = { origin: '', prefix: `/teams/${team.id}/` };
  let isOver = false;

  /** An uploader has no cookies. */
  function takeIn(told: Opened): Session | undefined {
    const { link, cookies } = told;
    keep(OPENED, JSON.stringify(told));
    return cookies && { user: { id }, files, cookies, session: link, serverTime: cookies.issuedAt };
  }

  async function request<T>(method: Method, path: string, body?: object): Promise<T> {
    try {
      return await ask<T>(method, path, body);
    } catch (error) {
      if (isLinkOver(error) && !isOver) {
        isOver = true;
        leaveLink();
        if (!renewal.current()) emit('signedout', { reason: 'ended' });
        renewal.stop();
      }
      throw error;
    }
  }

  const renewal = createRenewal(emit, {
    name: OPENED + id,
    async ask(isRenewal) {
      /** Another tab's news may arrive after its lock is free. */
      const SETTLED_MS = 400;
      const atMs = Date.now();
      if (isRenewal) return takeIn({ ...(await request<Opened>('POST', refreshOf(id))), atMs });
      await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
      return undefined;
    },
  });
  const session = takeIn(opened);
  if (session) renewal.accept({ session, atMs: opened.atMs, isRenewal: true });

  return {
    ...renewal,
    request,
    async signedIn(): Promise<Session> {
      const current = renewal.current();
      if (!current) throw new ApiError(410, LINK_OVER);
      return current;
    },
    /** The first file tells where the files host is. */
    see([file]: readonly ListedFile[]): void {
      const current = renewal.current();
      if (!file || !current || files.origin) return;
      files.origin = new URL(file.url).origin;
      emit('session', current);
    },
  };
}
