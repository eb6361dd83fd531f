import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FolderCookies } from '../domain/cloudfront-cookies.ts';
import type { ObjectStore } from '../domain/file-ports.ts';
import type { Mover } from '../domain/mover.ts';
import type { Clock, ClockGuard, IdentityProvider, Sealer } from '../domain/ports.ts';
import type { TimeLimits } from '../domain/time-limits.ts';
import type { Details } from '../files/details.ts';
import type { Moves } from '../files/moves.ts';
import type { Uploads } from '../files/multipart-uploads.ts';
import type { Usage } from '../files/usage.ts';
import type { Links } from '../links/links.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Config } from '../settings/config.ts';
import type { SharePages } from '../shares/share-pages.ts';
import type { Shares } from '../shares/shares.ts';
import type { Stores } from '../table/stores.ts';
import type { Teams } from '../teams/teams.ts';
import type { Metrics } from './metrics.ts';

/** The parts of the app host: use cases, ports, and the settings that its answers depend on. */
export interface Deps {
  config: Config;
  sessions: Sessions;
  shares: Shares;
  sharePages: SharePages;
  schedule: Schedule;
  /** Absent in a service without teams. */
  ofTeams?: { teams: Teams; links: Links };
  objects: ObjectStore;
  uploads: Uploads;
  usage: Usage;
  details: Details;
  mover: Mover;
  moves: Moves;
  once: Stores['once'];
  identityProvider: IdentityProvider;
  /** Whether this process goes on after it has answered. On Lambda it is frozen, and a person waits for each start. */
  outlivesRequests: boolean;
  cookieIssuer: FolderCookies;
  /** Signs the URLs of shares. */
  signer: Signer;
  sealer: Sealer;
  /** For each part that the service depends on, by name: a call that shows whether the part is there. */
  checks: Record<string, () => Promise<unknown>>;
  /** Absent on Lambda, where nobody could read the metrics of one instance. */
  metrics?: Metrics;
  clock: Clock;
  clockGuard: ClockGuard;
  limits: TimeLimits;
  /** The directory of the built page. */
  webDirectory: URL;
}

/** The app, or a scope of it. The schemas of a route give its handler the types. */
export type Scope = Parameters<FastifyPluginAsyncTypebox>[0];
