import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type SessionToken, sessionEndEpoch } from '@cloudfront-cookie-gateway/auth/domain/session';
import { readSessionCookie } from '@cloudfront-cookie-gateway/auth/http/cookies';
import type { Deps } from '@cloudfront-cookie-gateway/auth/wiring/deps';
import { parseEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { folderPath } from '@cloudfront-cookie-gateway/core/file-name';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { FastifyInstance } from 'fastify';
import { askEdge, cookieHeader, type EdgeAddress } from './edge-request.ts';

/** The last sign-out, seen with a copy of its cookies. */
export interface SignOutTime {
  /** From the arrival of the sign-out to the edge's first refusal. */
  elapsedMs: number;
  /** How often the edge was asked. It opened each time but the last. */
  requests: number;
  /** The code of the refusal. */
  code: string;
}

/** The stopwatch stops asking after this time. */
const PATIENCE_MS = 30_000;
/** Pause between two requests, because the measured programs share this machine. */
const PAUSE_MS = 2;

/**
 * Measures every sign-out. Keeps a copy of the session's CloudFront cookies, as a thief would, and shows the copy to
 * the edge until the edge refuses it.
 */
export function watchSignOuts(
  app: FastifyInstance,
  deps: {
    config: { origins: { app: string } };
    sessions: Pick<Deps['sessions'], 'find'>;
    folderCookies: Pick<Deps['folderCookies'], 'issue'>;
  },
  edge: EdgeAddress,
): () => SignOutTime | null {
  let last: SignOutTime | null = null;

  /** The cookies that a thief would have copied. This reads the session before the sign-out changes it. */
  async function copyCookies(token: SessionToken | undefined) {
    const current = await deps.sessions.find(token);
    if (!current) return undefined;
    const { userId, session } = current;
    const start = parseEpochSeconds(session.start);
    const endsAt = parseEpochSeconds(sessionEndEpoch(session));
    const { cookies } = await deps.folderCookies.issue({ owner: userOwner(userId), start, endsAt });
    return { path: `${folderPath(userOwner(userId))}?clear`, cookie: cookieHeader(cookies) };
  }

  async function replay(token: SessionToken | undefined, failing: AbortSignal): Promise<void> {
    const startedAtMs = performance.now();
    const copy = await copyCookies(token);
    if (!copy) return;
    last = null;
    const { path, cookie } = copy;
    const agent = new Agent({ keepAlive: true });
    const over = AbortSignal.any([failing, AbortSignal.timeout(PATIENCE_MS)]);
    for (let requests = 1; !over.aborted; requests++) {
      const { status, code = '' } = await askEdge(edge, path, { cookie }, agent);
      if (status !== 200) {
        last = { elapsedMs: performance.now() - startedAtMs, requests, code };
        break;
      }
      await setTimeout(PAUSE_MS);
    }
    agent.destroy();
  }

  app.addHook('onRequest', async (request, reply) => {
    const { operation = '' } = request.routeOptions.config;
    if (!['logout', 'logout_all'].includes(operation)) return;
    if (request.headers.origin !== deps.config.origins.app) return;
    const failing = new AbortController();
    // A sign-out that failed has revoked nothing.
    reply.raw.once('finish', () => reply.statusCode >= 400 && failing.abort());
    // The sign-out does not wait for the measurement.
    replay(readSessionCookie(request), failing.signal).catch((error: unknown) =>
      request.log.warn(error, 'the stopwatch stopped'),
    );
  });
  return () => last;
}
