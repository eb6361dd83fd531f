import * as Type from 'typebox';
import { objectKey } from '../../../../core/file-name.ts';
import { dropThumbnail } from '../../domain/thumbnails.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';
import { storedName } from '../stored-name.ts';

const Query = Type.Object({ name: Type.String({ maxLength: 2_048 }) }, { additionalProperties: false });

/**
 * `DELETE /api/files?name=`: deletes the file, its thumbnail and every share of it. Calling it again gives the same
 * answer, so a lost answer does no harm.
 */
export function deleteFileRoute(app: Scope, deps: Deps): void {
  app.delete(
    '/api/files',
    {
      schema: {
        querystring: Query,
        response: { 204: Type.Null({ description: 'The file is deleted, or was not there.' }) },
      },
      config: {
        operation: 'delete_file',
        summary: 'Deletes a file, and revokes every share of it',
        problems: ['invalid_name', 'files_unavailable'],
      },
    },
    async (request, reply) => {
      const { userId, known } = signedIn(request);
      const name = await storedName(request.query.name, userId, deps);
      // The shares are revoked first. If a later step fails, no share opens another file that gets this name.
      const before = await deps.shares.revokeOf(userId, name, known);
      const key = objectKey(userId, name);
      await dropThumbnail(deps.objects, userId, key);
      await deps.objects.delete(key);
      // This revokes shares that were created meanwhile. A share that comes later does not find the file.
      const meanwhile = await deps.shares.revokeOf(userId, name);
      await Promise.all([before.told, meanwhile.told]);
      audit(request.log, 'file_deleted', { userId, file: name });
      return reply.code(204).send(null);
    },
  );
}
