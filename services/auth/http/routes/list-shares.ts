import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Deps } from '../context.ts';
import { Instant, toInstant } from '../instant.ts';
import { signedIn } from '../plugins/signed-in.ts';

const List = Type.Object({
  shares: Type.Array(
    Type.Object({
      id: Type.Integer({ minimum: 1 }),
      name: Type.String(),
      expiresAt: Instant,
    }),
  ),
});

/** `GET /api/shares`: what is neither expired nor revoked, the oldest first. */
export function listSharesRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().get(
    '/api/shares',
    {
      schema: { response: { 200: List } },
      config: {
        operation: 'list_shares',
        summary: 'Shares that are neither expired nor revoked',
      },
    },
    async (request) => {
      const open = deps.shares.open(signedIn(request).known);
      return {
        shares: open.map(({ number, name, expiresAtEpoch }) => ({
          id: number,
          name,
          expiresAt: toInstant(expiresAtEpoch),
        })),
      };
    },
  );
}
