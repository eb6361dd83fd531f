import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Deps } from '../context.ts';
import { nowEpoch, requireSession } from '../session-cookies.ts';

const List = Type.Object({
  shares: Type.Array(
    Type.Object({
      id: Type.Integer({ minimum: 1 }),
      name: Type.String(),
      expiresAt: Type.String({ format: 'date-time' }),
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
        problems: ['no_session', 'account_changed', 'store_unavailable'],
      },
    },
    async (request) => {
      const { user } = await requireSession(request, deps);
      const open = user.shares.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch(deps));
      return {
        shares: open.map(({ number, name, expiresAtEpoch }) => ({
          id: number,
          name,
          expiresAt: new Date(expiresAtEpoch * 1_000).toISOString(),
        })),
      };
    },
  );
}
