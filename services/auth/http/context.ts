import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { CookieIssuer } from '../domain/cloudfront-cookies.ts';
import type { IdentityProvider, LoginSealer, ObjectStore, SessionStore } from '../domain/ports.ts';

/** What the app host is made of: ports, and the settings that its answers depend on. */
export interface Deps {
  config: Config;
  sessions: SessionStore;
  objects: ObjectStore;
  identityProvider: IdentityProvider;
  cookieIssuer: CookieIssuer;
  loginSealer: LoginSealer;
  metrics: Registry;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Directory of the built page. */
  webDirectory: URL;
}
