import type { Folder, Session, Sessions, Stoppable, Team, Teams } from './types.ts';

/** An ID token of the identity provider, for one of the app host's `NATIVE_CLIENT_IDS`, made in the last five minutes. */
export type IdToken =
  | string
  | { idToken: string /** The one that the provider was sent, if any. */; nonce?: string };

export interface NativeOptions {
  /** Such as `https://app.example.com`. Only an origin of this machine may be http. */
  appOrigin: string;
  /** Gives an ID token that was not used before. It is called when a session has to begin. */
  token: () => IdToken | Promise<IdToken>;
  /**
   * Keeps the session and the uploads under way over a restart. What is in it opens the files of the user, so choose a
   * place that others cannot read. By default, a restart forgets both.
   */
  storage?: KeyValueStorage | undefined;
}

/** As `localStorage` is, and React Native's `AsyncStorage`. Keys are of `[a-z0-9]`. */
export interface KeyValueStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** What opens the files of one folder on the files host. */
export interface Credential {
  /** The files host. Send neither of the two to another one. */
  origin: string;
  /** The path of the folder, with both slashes. */
  prefix: string;
  /** The value of a `Cookie` header. */
  cookie: string;
  /** The same for an address, without `?`. Whoever learns the address can read the folder until it ends. */
  query: string;
  /** When it ends, in milliseconds since the epoch, by the clock of this machine. */
  expiresAtMs: number;
}

export interface DownloadOptions extends Stoppable {
  method?: 'GET' | 'HEAD';
  /** Such as `Range` and `If-Range`. */
  headers?: Record<string, string>;
}

/** A folder of the files host: the user's own, or that of a team. */
export interface NativeFolder extends Omit<Folder, 'session' | 'files'> {
  files: Omit<Folder['files'], 'addThumbnail'> & {
    /**
     * Asks the files host for a file. The body of the answer is a stream.
     * @throws ApiError `no_such_file`; `storage_refused` with the status for other refusals; the reason of `signal`
     */
    download(name: string, options?: DownloadOptions): Promise<Response>;
  };
  /** For a player that sends no bearer. It lives for a third of its lifetime at least. */
  credential(): Promise<Credential>;
}

/** A team. If the user is no member, the methods throw `no_such_team`. */
export interface NativeTeam extends NativeFolder, Omit<Team, keyof Folder> {}

/** Methods throw ApiError, the reason of `signal`, or what `token` throws. */
export interface NativeGateway extends NativeFolder {
  /** Who is signed in. */
  session(options?: Stoppable): Promise<Session>;
  /** Ends the session, here and at the edge. Nothing happens if there is none. */
  logout(): Promise<void>;
  sessions: Sessions;
  teams: Teams;
  /** Asks nothing by itself. With an id that is none, each method throws `no_such_team`. */
  team(id: string): NativeTeam;
}
