import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { CookieIssuer } from '../domain/cloudfront-cookies.ts';
import type { ObjectStore } from '../domain/file-ports.ts';
import type { IdentityProvider, LoginSealer, SessionStore, Signer, UserStore } from '../domain/ports.ts';
import type { Revocations } from '../domain/revocations.ts';
import type { Uploads } from '../domain/uploads.ts';

/** What the app host is made of: ports, and the settings that its answers depend on. */
export interface Deps {
  config: Config;
  sessions: SessionStore;
  users: UserStore;
  revocations: Revocations;
  objects: ObjectStore;
  uploads: Uploads;
  identityProvider: IdentityProvider;
  cookieIssuer: CookieIssuer;
  /** Signs the URLs of shares. */
  signer: Signer;
  loginSealer: LoginSealer;
  metrics: Registry;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Directory of the built page. */
  webDirectory: URL;
}
