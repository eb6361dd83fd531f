import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { FastifyBaseLogger } from 'fastify';
import * as Type from 'typebox';
import { within } from '../table/within.ts';
import type { Deps } from '../wiring/deps.ts';
import { type Route, route } from './route.ts';

const Readiness = Type.Object({
  status: Type.String(),
  down: Type.Array(Type.String()),
  checked: Type.Array(Type.String()),
  revocations: Type.Object({
    /** The last call of the KeyValueStore by this process. Absent before the first call. */
    lastSeen: Type.Optional(Type.String({ format: 'date-time' })),
    /** How long the edge has not known of the oldest revocation. 0: it knows all. */
    untoldSeconds: Type.Integer({ minimum: 0 }),
    /** The size of the KeyValueStore after that call. */
    storeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
});

const PART_DOWN = 'a part that the service depends on is down';

export function healthRoutes(deps: Deps): Route[] {
  const checked = [...Object.keys(deps.checks), 'clock'];
  // The answer may be some seconds old: an anonymous request must not cause a request to each dependency.
  let seen: { atMs: number; down: Promise<string[]> } | undefined;
  let before: string[] = [];

  /** The log says why a part is down, once. */
  async function look(log: FastifyBaseLogger): Promise<string[]> {
    const failures = await failuresOf(deps);
    for (const [part, err] of failures) if (!before.includes(part)) log.warn({ part, err }, PART_DOWN);
    before = Object.keys(deps.checks).filter((part) => failures.has(part));
    // The answers to these questions have compared the clock, which has its own line in the log.
    return deps.clockGuard.wrongSeconds() === 0 ? before : [...before, 'clock'];
  }

  return [
    route({
      method: 'GET',
      url: '/livez',
      operation: 'livez',
      summary: 'The process answers',
      caller: 'anybody',
      answers: { 200: Type.Object({ status: Type.Literal('live') }) },
      handler: async () => ({ status: 'live' as const }),
    }),

    route({
      method: 'GET',
      url: '/readyz',
      operation: 'readyz',
      summary: 'The process and what it depends on answer',
      caller: 'anybody',
      answers: { 200: Readiness, 503: Readiness },
      async handler({ request, reply }) {
        const nowMs = deps.clock.monotonicMs();
        if (seen === undefined || nowMs - seen.atMs >= deps.limits.checkedMs)
          seen = { atMs: nowMs, down: look(request.log) };
        const down = await seen.down;
        const { lastSeen, untoldSeconds, storeBytes } = deps.schedule.state();
        reply.code(down.length > 0 ? 503 : 200);
        return {
          status: down.length > 0 ? 'not ready' : 'ready',
          down,
          checked,
          revocations: { ...defined({ lastSeen, storeBytes }), untoldSeconds },
        };
      },
    }),
  ];
}

/** The parts that are down, each with its error. */
async function failuresOf({ checks, clock, limits }: Deps): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  const ask = async ([part, check]: [string, () => Promise<unknown>]) => {
    try {
      const hasAnswered = await within(
        clock,
        limits.checkMs,
        check().then(() => true),
      );
      if (!hasAnswered) throw new Error(`no answer within ${limits.checkMs} ms`);
    } catch (error) {
      failures.set(part, error);
    }
  };
  await Promise.all(Object.entries(checks).map(ask));
  return failures;
}
