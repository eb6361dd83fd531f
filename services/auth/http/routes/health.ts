import * as Type from 'typebox';
import { defined } from '../../domain/defined.ts';
import type { Deps, Scope } from '../context.ts';

const Readiness = Type.Object({
  status: Type.String(),
  down: Type.Array(Type.String()),
  checked: Type.Array(Type.String()),
  revocations: Type.Object({
    lastSeen: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'The last call of the KeyValueStore by this process. Absent before the first call.',
      }),
    ),
    untoldSeconds: Type.Integer({
      minimum: 0,
      description: 'How long the edge has not known of the oldest revocation. 0: it knows all.',
    }),
    storeBytes: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The size of the KeyValueStore after that call.' }),
    ),
  }),
});

/** `GET /livez`: the process answers. `GET /readyz`: the process and everything that it depends on answer. */
export function healthRoutes(app: Scope, deps: Deps): void {
  app.get(
    '/livez',
    {
      schema: { response: { 200: Type.Object({ status: Type.Literal('live') }) } },
      config: { operation: 'livez', summary: 'The process answers' },
    },
    async () => ({ status: 'live' as const }),
  );
  const checked = Object.keys(deps.checks);
  // The answer may be some seconds old: an anonymous request must not cause a request to each dependency.
  let seen: { atMs: number; down: Promise<string[]> } | undefined;
  app.get(
    '/readyz',
    {
      schema: { response: { 200: Readiness, 503: Readiness } },
      config: { operation: 'readyz', summary: 'The process and what it depends on answer' },
    },
    async (_request, reply) => {
      const nowMs = deps.clock.monotonicMs();
      if (seen === undefined || nowMs - seen.atMs >= deps.limits.checkedMs)
        seen = { atMs: nowMs, down: whatIsDown(deps) };
      const down = await seen.down;
      const { lastSeen, untoldSeconds, storeBytes } = deps.schedule.state();
      return reply.code(down.length > 0 ? 503 : 200).send({
        ...{ status: down.length > 0 ? 'not ready' : 'ready', down, checked },
        revocations: { ...defined({ lastSeen, storeBytes }), untoldSeconds },
      });
    },
  );
}

async function whatIsDown({ checks, clock, limits }: Deps): Promise<string[]> {
  const isAnswered = async (check: () => Promise<unknown>) => {
    const answered = new AbortController();
    try {
      const late = clock.sleep(limits.checkMs, answered.signal).then(() => false);
      return await Promise.race([check().then(() => true), late]);
    } catch {
      return false;
    } finally {
      answered.abort();
    }
  };
  const answers = await Promise.all(Object.values(checks).map(isAnswered));
  return Object.keys(checks).filter((_name, index) => !answers[index]);
}
