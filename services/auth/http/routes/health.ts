import type { FastifyInstance } from 'fastify';
import { folderKey } from '../../domain/file-name.ts';
import { parseUserId } from '../../domain/user-id.ts';
import type { Deps } from '../context.ts';

/** `GET /livez`: the process answers. `GET /readyz`: what it depends on does too. */
export function healthRoutes(app: FastifyInstance, deps: Deps): void {
  app.get('/livez', async () => ({ status: 'live' }));
  app.get('/readyz', async (_request, reply) => {
    const nobody = folderKey(parseUserId('readyz'));
    const checks: Record<string, Promise<unknown>> = {
      sessions: deps.sessions.read('readyz'),
      files: deps.objects.list({ prefix: nobody, limit: 1 }),
      identityProvider: deps.identityProvider.endSessionUrl(''),
    };
    const results = await Promise.allSettled(Object.values(checks));
    const down = Object.keys(checks).filter((_name, index) => results[index]?.status === 'rejected');
    return reply
      .code(down.length > 0 ? 503 : 200)
      .send({ status: down.length > 0 ? 'not ready' : 'ready', down });
  });
}
