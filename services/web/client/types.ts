export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Ends what a method does: it rejects with the signal's reason. What the app host has begun by then, it may end. */
export interface Stoppable {
  signal?: AbortSignal | undefined;
}

/**
 * Sends a request to the app host as the user of the session. The caller names the type of the answer. Throws ApiError,
 * or the reason of the body's `signal`, which is not sent.
 */
export type RequestApi = <T>(method: Method, path: string, body?: object) => Promise<T>;

/** Bodies of the app host's answers, as it sends them (`GET /api/openapi.json`). Times are ISO 8601 by its clock. */
export interface Session {
  user: { id: string; name?: string; email?: string };
  /** The user's folder. The address of every file begins with `origin` and `prefix`. */
  files: {
    origin: string;
    prefix: string;
    /** The media types that may be uploaded. Missing if every type is allowed. */
    types?: string[];
    /** The most bytes that all files together may have. Missing if there is no limit. */
    maxBytes?: number;
  };
  /** The times of the CloudFront cookies. */
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
  /** The address on the files host, with the version. For `src` and `href`. */
  url: string;
  /**
   * The address of the file on the page of the app host. It leads there after a sign-in, too, and opens the file only for
   * those who may see it. Missing for a guest.
   */
  page?: string;
  /** The thumbnail's address (WebP, 480 px and 64 KB at most), if there is one. For `src`. */
  thumbnailUrl?: string;
  /** The file's own date, as its upload gave it: ISO 8601 in UTC. */
  changedAt?: string;
  /** When a picture was taken: ISO 8601, with a zone only if the camera stored one. */
  takenAt?: string;
  /** Pixels. */
  width?: number;
  height?: number;
  /** The average color of a picture, `#rrggbb`. */
  color?: string;
  /** The id of a user, in a team. */
  uploadedBy?: string;
  /** Why the files host may refuse the file. Missing for a clean file, and where files are not scanned. */
  scan?: 'scanning' | 'refused' | 'not_scanned';
}

export interface Listing {
  files: ListedFile[];
  /** The empty folders that were made as such. Other folders are in the names of files. */
  folders?: string[];
  /** The cursor of the next page. Missing on the last page. */
  cursor?: string;
}

export interface UploadedFile {
  /** The name as it was stored: in Unicode's composed form (NFC). */
  name: string;
  url: string;
}

export interface Share {
  id: number;
  /** Opens the present version of this one file for everybody with the link. */
  url: string;
  /** The page of the link, for people: it shows the file, or says that the link has ended. */
  page: string;
  expiresAt: string;
  warning?: string;
}

export interface ListedShare {
  id: number;
  name: string;
  /** As at its creation. Missing for a share in a team that another member made. */
  page?: string;
  expiresAt: string;
  /** True if the file was replaced or deleted since: the link opens nothing. */
  stale?: boolean;
}

/** A browser where the user is signed in. */
export interface ListedSession {
  id: string;
  /** True for this browser. */
  current: boolean;
  createdAt: string;
  /** Exact to a few minutes. */
  lastUsedAt: string;
  userAgent?: string;
}

/** A viewer reads and lists. An editor also uploads, replaces, deletes and shares. A manager also changes the team. */
export type TeamRole = 'viewer' | 'editor' | 'manager';

export interface ListedTeam {
  id: string;
  name: string;
  /** The role of the user. */
  role: TeamRole;
  /** A team that people made, or one of the identity provider, which nobody can change here. */
  kind: 'made' | 'provider';
  /** The team's folder on the files host. */
  prefix: string;
  /** The most bytes that all files together may have. Missing if there is no limit. */
  maxBytes?: number;
}

export interface ListedTeams {
  teams: ListedTeam[];
  /** Whether the user may make teams. */
  mayMake: boolean;
}

export interface TeamMember {
  userId: string;
  name?: string;
  role: TeamRole;
  joinedAt: string;
}

/** `createdAt` and `members` are missing for a team of the identity provider. */
export interface TeamDetails extends ListedTeam {
  createdAt?: string;
  members?: TeamMember[];
}

export interface InvitationOptions extends Stoppable {
  role: TeamRole;
  /** How many people may accept it: 1 to 100, by default 1. */
  uses?: number;
  /** Seconds until it expires: up to 30 days, by default seven. */
  expiresIn?: number;
}

export interface Invitation {
  id: string;
  /** Everybody with this address may join. It is shown only once. The secret follows `#join=`. */
  url: string;
  expiresAt: string;
}

export interface ListedInvitation {
  id: string;
  role: TeamRole;
  usesLeft: number;
  expiresAt: string;
}

export interface FolderLinkOptions extends Stoppable {
  /** Who has a link of a viewer reads the whole folder. An uploader sends files into a folder of the link. */
  role: 'viewer' | 'uploader';
  /** 1 to 40 characters. */
  name?: string;
  /** 1 to 256 characters. By default, the link needs none. */
  password?: string;
  /** Seconds until it ends: up to a year, by default seven days. */
  expiresIn?: number;
  /** The most files of an uploader: up to 10,000, by default 100. */
  maxFiles?: number;
  /** The most bytes of an uploader: up to 1 TiB, by default 10 GiB. */
  maxBytes?: number;
}

export interface FolderLink {
  id: string;
  /** Everybody with this address may open the folder. It is shown only once. The secret follows `#link=`. */
  url: string;
  expiresAt: string;
}

export interface ListedFolderLink extends Omit<FolderLinkOptions, 'password' | 'expiresIn' | 'signal'> {
  id: string;
  /** The id of the user who made it. */
  maker: string;
  hasPassword: boolean;
  createdAt: string;
  expiresAt: string;
  /** What an uploader has begun to send so far. Only `list` tells it. */
  files?: number;
  bytes?: number;
}

/** A team whose cookies the browser has got. */
export interface OpenTeam {
  team: { id: string; role: TeamRole };
  cookies: Session['cookies'];
}

/** Why nobody is signed in any more. */
export type SignedOutReason =
  /** The session has ended on the server. */
  | 'ended'
  /** Another user has signed in with this browser. The page shows files that are not theirs. */
  | 'account_changed'
  /** Another tab has signed out. */
  | 'elsewhere';

export interface GatewayEvents {
  /** A session is there, or a tab has renewed its cookies. */
  session: Session;
  /** The cookies have expired, and the app host does not answer. The client asks again; `session` follows. */
  expired: undefined;
  /** The page must remove what it shows of the user. Nothing more happens until somebody signs in. */
  signedout: { reason: SignedOutReason };
  /** A team was opened, or a tab has renewed its cookies. */
  team: OpenTeam;
  /** The user is no member any more of a team that was open. The page must remove what it shows of the team. */
  teamleft: { id: string };
}

export interface ListOptions extends Stoppable {
  /** The beginning of the names. */
  prefix?: string | undefined;
  /** The cursor that came with the page before. */
  cursor?: string | undefined;
  /** The most files of one page: up to 1,000, by default 100. */
  limit?: number | undefined;
}

/** A `File` has both. */
export type NamedBlob = Blob & { name?: string; lastModified?: number };

export interface UploadOptions extends Stoppable {
  /** The name to store, with `/` for folders. By default the file's own. */
  name?: string;
  /** The media type to store. By default the browser's, or `application/octet-stream`. */
  type?: string;
  /** The upload may overwrite a file with this name. Otherwise `upload` throws `file_exists`. */
  replace?: boolean | undefined;
  /** Gets the part that has been sent, from 0 to 1. */
  onProgress?: (fraction: number) => void;
}

export interface ShareOptions extends Stoppable {
  /** Seconds until the share expires. By default 30 minutes. */
  expiresIn?: number;
  /** The share opens from this IPv4 range (CIDR) only. */
  ip?: string;
  /** The name under which browsers save the file. */
  download?: string;
}

/** A folder of the files host: the user's own, or that of a team. */
export interface Folder {
  /**
   * The session, with good cookies of this folder; null if nobody is signed in. Asks the app host unless it knows such a
   * session.
   */
  session(options?: Stoppable): Promise<Session | null>;
  files: {
    list(options?: ListOptions): Promise<Listing>;
    /** All files, one after another, 1,000 in a request: `for await (const file of gateway.files.all())`. */
    all(options?: Pick<ListOptions, 'prefix' | 'signal'>): AsyncIterableIterator<ListedFile>;
    /**
     * Sends a file to S3. A large file goes in parts. Uploaded again, even on a later visit, it goes on where it ended.
     * An image or a film that this browser shows also gets a thumbnail, except in Safari, which writes no WebP. The signal
     * ends it on the server, too. With the reason `pause`, what the server has of a large file stays.
     */
    upload(file: File, options?: UploadOptions): Promise<UploadedFile>;
    /** A blob has no name of its own, so it needs one. */
    upload(file: Blob, options: UploadOptions & { name: string }): Promise<UploadedFile>;
    /**
     * Makes a missing thumbnail, from the copy of the file that the files host has.
     * @returns false if this browser cannot
     */
    addThumbnail(file: ListedFile, options?: Stoppable): Promise<boolean>;
    delete(name: string, options?: Stoppable): Promise<void>;
    /**
     * The sum of all files, with their thumbnails and with what is kept of deleted and replaced files, which is
     * `keptBytes`. Each call counts anew.
     */
    usage(options?: Stoppable): Promise<{ bytes: number; keptBytes: number; files: number }>;
    share(name: string, options?: ShareOptions): Promise<Share>;
  };
  shares: {
    list(options?: Stoppable): Promise<ListedShare[]>;
    revoke(id: number, options?: Stoppable): Promise<void>;
  };
  /**
   * What `./files` needs: the user who is signed in now, and a function that asks the app host about this folder as this
   * user only. Paths begin after the folder's own.
   */
  asUser(): Promise<{ id: string; ask: RequestApi }>;
}

/** The sessions of the signed-in user. */
export interface Sessions {
  /** Newest first. */
  list(options?: Stoppable): Promise<ListedSession[]>;
  /** Signs out another client. For this one use `logout`, which empties the cache too. */
  revoke(id: string, options?: Stoppable): Promise<void>;
}

/** The teams of the signed-in user. */
export interface Teams {
  list(options?: Stoppable): Promise<ListedTeams>;
  /** Makes a team. Its maker is its manager. */
  make(name: string, options?: Stoppable): Promise<ListedTeam>;
  /** Joins the team of an invitation, whose address has the secret after `#join=`. */
  accept(secret: string, options?: Stoppable): Promise<ListedTeam>;
}

/**
 * A team. If the user is no member, the methods throw `no_such_team`; if the role is too low, `role_too_low`. `session`,
 * `files` and `shares` open the team if it is not open: the browser gets the cookies of its folder, and the client
 * renews them with the user's own. A browser has six teams open at most. A seventh closes another one, which opens
 * again at its next use.
 */
export interface Team extends Folder {
  id: string;
  read(options?: Stoppable): Promise<TeamDetails>;
  rename(name: string, options?: Stoppable): Promise<ListedTeam>;
  /** Nobody is a member any more within minutes. The files are deleted in the background. */
  delete(options?: Stoppable): Promise<void>;
  leave(options?: Stoppable): Promise<void>;
  members: {
    /** A role below editor ends the shares and links that the member made. */
    changeRole(userId: string, role: TeamRole, options?: Stoppable): Promise<TeamMember>;
    /** Also ends the team's open invitations, and the shares and links that the member made. */
    remove(userId: string, options?: Stoppable): Promise<void>;
  };
  invitations: {
    list(options?: Stoppable): Promise<ListedInvitation[]>;
    make(options: InvitationOptions): Promise<Invitation>;
    revoke(id: string, options?: Stoppable): Promise<void>;
  };
  /** Links to the folder, for people without an account. */
  links: {
    list(options?: Stoppable): Promise<ListedFolderLink[]>;
    create(options: FolderLinkOptions): Promise<FolderLink>;
    /** A new password, or an earlier end, closes the link wherever it is open. */
    change(
      id: string,
      options: Pick<FolderLinkOptions, 'password' | 'expiresIn' | 'signal'>,
    ): Promise<ListedFolderLink>;
    end(id: string, options?: Stoppable): Promise<void>;
  };
}

/** Who is signed in, as far as it is known. */
export type SessionState =
  /** Nobody has asked yet, or the answer is under way. So it is while a server renders the page. */
  | { status: 'loading' }
  /** A person is signed in. The cookies may have expired if the app host does not answer. */
  | { status: 'in'; session: Session }
  /** Nobody is signed in. With a reason, the page must remove what it shows of the person. */
  | { status: 'out'; reason?: SignedOutReason }
  /** The app host does not answer, or refuses the page. The client asks again by itself. */
  | { status: 'error'; error: unknown };

/** For a framework: React's `useSyncExternalStore` takes both functions, and Svelte takes the store itself. */
export interface SessionStore {
  /**
   * Calls the listener with the present state, and after each change. The first call asks who is signed in.
   * @returns a function that ends it
   */
  subscribe(listener: (state: SessionState) => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): SessionState;
}
