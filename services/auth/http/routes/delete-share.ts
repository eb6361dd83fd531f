import * as Type from 'typebox';
import { GatewayError } from '../../../../core/errors.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';

const Params = Type.Object({ id: Type.String({ maxLength: 15 }) });

/** `DELETE /api/shares/<id>`: the edge refuses the link from now on. Calling it again gives the same answer. */
export function deleteShareRoute(app: Scope, deps: Deps): void {
  app.delete(
    '/api/shares/:id',
    {
      schema: { params: Params, response: { 204: Type.Null({ description: 'It is revoked.' }) } },
      config: {
        operation: 'delete_share',
        summary: 'Revokes a share',
        problems: ['not_found'],
      },
    },
    async (request, reply) => {
      const { userId, known } = signedIn(request);
      const { id } = request.params;
      const share = /^[1-9]\d*$/.test(id) ? Number(id) : 0;
      const isKnown = share > 0 && (await deps.shares.revoke(userId, share, known));
      if (!isKnown) throw new GatewayError('not_found', { detail: 'There is no share with this id.' });
      audit(request.log, 'share_deleted', { userId, share });
      return reply.code(204).send(null);
    },
  );
}
