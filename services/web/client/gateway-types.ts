import type {
  Folder,
  GatewayEvents,
  Session,
  SessionStore,
  Sessions,
  Stoppable,
  Team,
  Teams,
} from './types.ts';

/** What works with any app that gives CloudFront cookies. The methods that ask it throw ApiError. */
export interface CookieGateway {
  /** The session, with good cookies; null if nobody is signed in. Asks unless it knows such a session. */
  session(options?: Stoppable): Promise<Session | null>;
  /** Renews the CloudFront cookies. Simultaneous calls, of all tabs, become one renewal. */
  refresh(options?: Stoppable): Promise<Session | null>;
  /** Returns a function that removes the listener. */
  on<E extends 'session' | 'expired' | 'signedout'>(
    event: E,
    listener: (detail: GatewayEvents[E]) => void,
  ): () => void;
  /**
   * Watches images and players of the files host. One that finds the cookies expired is loaded again after a
   * renewal. Until then, for a minute at most, an image looks as if it were loading. Links wait for a renewal, too.
   * Returns a function that ends the watch.
   */
  watchImages(root?: ParentNode): () => void;
  store: SessionStore;
}

/** Methods that ask the app host throw ApiError, or the reason of `signal`. Only `login` and `logout` leave the page. */
export interface Gateway extends Folder, Omit<CookieGateway, 'on'> {
  /**
   * Leaves for the sign-in page. `returnTo` is a path of the app host; by default, this page. What follows `#` may be a
   * secret, so no server learns of it: this tab keeps it, and `createGateway` puts it back.
   */
  login(options?: { returnTo?: string }): void;
  /**
   * Empties the browser's cache of the files host, ends the session (or all sessions of the user), and leaves the page.
   * Serve pages with `Cache-Control: no-store`. Otherwise the back button shows old pages.
   */
  logout(options?: { everywhere?: boolean }): Promise<void>;
  sessions: Sessions;
  teams: Teams;
  /** Asks nothing by itself. With an id that is none, each method throws `no_such_team`. */
  team(id: string): Team;
  /** Returns a function that removes the listener. */
  on<E extends keyof GatewayEvents>(event: E, listener: (detail: GatewayEvents[E]) => void): () => void;
}
