/** Bodies of the app host's answers, as it sends them (`GET /api/openapi.json`). Times are ISO 8601 by its clock. */
export interface Session {
  user: { id: string; name?: string; email?: string };
  /** The folder of the user: `origin` and `prefix` together are the address of everything in it. */
  files: {
    origin: string;
    prefix: string;
    /** The media types that may be uploaded; any where it is missing. */
    types?: string[];
    /** What all files together may have; no limit where it is missing. */
    maxBytes?: number;
  };
  /** Of the CloudFront cookies. */
  cookies: { issuedAt: string; expiresAt: string; refreshAt: string };
  session: { expiresAt: string };
  serverTime: string;
}

export interface ListedFile {
  name: string;
  /** Bytes. */
  size: number;
  type: string;
  etag: string;
  lastModified: string;
  /** On the files host, with the version: for `src` and `href` as it is. */
  url: string;
  /** A picture of it, WebP, 480 px and 64 KB at most, where there is one. For `src` as it is, too. */
  thumbnailUrl?: string;
}

export interface Listing {
  files: ListedFile[];
  /** For the next page; missing on the last. */
  cursor?: string;
}

export interface UploadedFile {
  /** As it was stored: in Unicode's composed form (NFC). */
  name: string;
  url: string;
}

export interface Share {
  id: number;
  /** Opens this one file for whoever has the link, in the version that it has now. */
  url: string;
  expiresAt: string;
  warning?: string;
}

export interface ListedShare {
  id: number;
  name: string;
  expiresAt: string;
  /** Its file was replaced or deleted since: the link opens nothing. */
  stale: boolean;
}

/** A browser where the user is signed in. */
export interface ListedSession {
  id: string;
  /** It is this one. */
  current: boolean;
  createdAt: string;
  /** Within a few minutes. */
  lastUsedAt: string;
  userAgent?: string;
}

/** Why nobody is signed in any more. */
export type SignedOutReason =
  /** The session has ended on the server. */
  | 'ended'
  /** Another user has signed in in this browser: what the page shows is not theirs. */
  | 'account_changed'
  /** Another tab has signed out. */
  | 'elsewhere';

export interface GatewayEvents {
  /** A session is there, or its cookies have been renewed, by whichever tab. */
  session: Session;
  /** The cookies are past, and the app host does not answer. It is asked again; `session` follows. */
  expired: undefined;
  /** What the page shows of the user must go. Nothing more happens until somebody signs in. */
  signedout: { reason: SignedOutReason };
}

export interface ListOptions {
  /** What the names begin with. */
  prefix?: string | undefined;
  /** That of the page before. */
  cursor?: string | undefined;
  /** How many at most, up to 1,000; otherwise 100. */
  limit?: number | undefined;
}

export interface UploadOptions {
  /** The name to store it under, with `/` for folders; otherwise the file's own. */
  name?: string;
  /** The media type to store; otherwise what the browser says, or `application/octet-stream`. */
  type?: string;
  /** A file of this name may be overwritten; without it `upload` throws `file_exists`. */
  replace?: boolean | undefined;
  /** Gets what has been sent, from 0 to 1. */
  onProgress?: (fraction: number) => void;
  /** Ends the upload, on the server as well. */
  signal?: AbortSignal;
}

export interface ShareOptions {
  /** Seconds; otherwise 30 minutes. */
  expiresIn?: number;
  /** Only from this IPv4 range (CIDR). */
  ip?: string;
  /** The name under which browsers save the file. */
  download?: string;
}

/** Every method that asks the app host throws ApiError. None of them leaves the page but `login` and `logout`. */
export interface Gateway {
  /** Who is signed in, with good cookies; null where nobody is. Asks the app host only where that is not known. */
  session(): Promise<Session | null>;
  /** Leaves for the sign-in page. `returnTo` is a path of the app host; otherwise the page comes back to where it is. */
  login(options?: { returnTo?: string }): void;
  /**
   * Empties the browser's cache of the files host, ends the session (or all of the user), and leaves the page. Serve
   * pages with `Cache-Control: no-store`: the back button would bring up others as they were left.
   */
  logout(options?: { everywhere?: boolean }): Promise<void>;
  /** Renews the CloudFront cookies, once for all who ask at the same time, in this tab or another. */
  refresh(): Promise<Session | null>;
  files: {
    list(options?: ListOptions): Promise<Listing>;
    /** One file after another, 1,000 a request: `for await (const file of gateway.files.all())`. */
    all(options?: Pick<ListOptions, 'prefix'>): AsyncIterableIterator<ListedFile>;
    /**
     * Sends a file to S3. A large one goes in parts, and goes on where it ended when the same file is uploaded again,
     * also after the page was closed. An image or a film that this browser can show gets a thumbnail as well, drawn beside
     * the page's own thread; not in Safari, which writes no WebP.
     */
    upload(file: File, options?: UploadOptions): Promise<UploadedFile>;
    /** What has no name of its own needs one. */
    upload(file: Blob, options: UploadOptions & { name: string }): Promise<UploadedFile>;
    /**
     * Makes the thumbnail of a file that came another way, from what the files host has.
     * @returns false where this browser cannot
     */
    addThumbnail(file: ListedFile): Promise<boolean>;
    delete(name: string): Promise<void>;
    /** What there is in all, thumbnails included; counted anew each time. */
    usage(): Promise<{ bytes: number; files: number }>;
    share(name: string, options?: ShareOptions): Promise<Share>;
  };
  shares: {
    list(): Promise<ListedShare[]>;
    revoke(id: number): Promise<void>;
  };
  sessions: {
    /** The newest first. */
    list(): Promise<ListedSession[]>;
    /** Signs out another browser. For this one there is `logout`, which empties its cache too. */
    revoke(id: string): Promise<void>;
  };
  /** Returns what takes the listener back. */
  on<E extends keyof GatewayEvents>(event: E, listener: (detail: GatewayEvents[E]) => void): () => void;
  /**
   * Images and players of the files host that find the cookies past, now or added later, are loaded again once after a
   * renewal; until then, for a minute at most, an image looks as if it were loading. Links to it wait for one, then
   * open where they would have.
   * Returns what ends this.
   */
  watchImages(root?: ParentNode): () => void;
}
