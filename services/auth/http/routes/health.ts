import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { folderKey } from '../../domain/file-name.ts';
import { parseUserId } from '../../domain/user-id.ts';
import type { Deps } from '../context.ts';

const CHECK_TIMEOUT_MS = 1_500;

const Readiness = Type.Object({ status: Type.String(), down: Type.Array(Type.String()) });

/** `GET /livez`: the process answers. `GET /readyz`: what it depends on does too. */
export function healthRoutes(app: FastifyInstance, deps: Deps): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  typed.get(
    '/livez',
    {
      schema: { response: { 200: Type.Object({ status: Type.Literal('live') }) } },
      config: { operation: 'livez', summary: 'The process answers' },
    },
    async () => ({ status: 'live' as const }),
  );
  // Whoever asks while an answer is on its way gets that one: dependencies are not asked more often.
  let pending: Promise<string[]> | undefined;
  typed.get(
    '/readyz',
    {
      schema: { response: { 200: Readiness, 503: Readiness } },
      config: { operation: 'readyz', summary: 'The process and what it depends on answer' },
    },
    async (_request, reply) => {
      pending ??= whatIsDown(deps).finally(() => {
        pending = undefined;
      });
      const down = await pending;
      return reply
        .code(down.length > 0 ? 503 : 200)
        .send({ status: down.length > 0 ? 'not ready' : 'ready', down });
    },
  );
}

async function whatIsDown(deps: Deps): Promise<string[]> {
  const nobody = folderKey(parseUserId('readyz'));
  const checks: Record<string, Promise<unknown>> = {
    sessions: deps.sessions.read('readyz'),
    files: deps.objects.list({ prefix: nobody, limit: 1 }),
    identityProvider: deps.identityProvider.check(),
  };
  const results = await Promise.allSettled(Object.values(checks).map(inTime));
  return Object.keys(checks).filter((_name, index) => results[index]?.status === 'rejected');
}

async function inTime(check: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(reject, CHECK_TIMEOUT_MS, new Error('no answer in time'));
  });
  await Promise.race([check, late]).finally(() => clearTimeout(timer));
}
