import * as Type from 'typebox';
import { type Deleted, deleteMeant, findDeletion } from '../../files/delete-files.ts';
import { audit, whoIn } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder } from '../guards.ts';
import { FailedFiles, Name } from '../schemas.ts';
import { answerTold } from '../told.ts';

/** 1,000 names of 1,024 bytes, each byte written as `\u0000` at most. */
export const MANY_BYTES = 2 * 1_024 ** 2;

const ManyDeleted = Type.Object({
  deleted: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.Optional(Type.String({ description: 'Restores the file, if a trash is kept.' })),
    }),
  ),
  failed: FailedFiles,
});

/**
 * `POST …/files/delete`: deletes up to 1,000 files, their thumbnails and every share of them. A file that is not there
 * counts as deleted, so a lost answer does no harm. A name that ends in `/` is that of an empty folder.
 */
export function deleteFilesRoute(
  app: Scope,
  { objects, shares, details }: Pick<Deps, 'objects' | 'shares' | 'details'>,
): void {
  app.post(
    '/files/delete',
    {
      bodyLimit: MANY_BYTES,
      schema: {
        body: Type.Object(
          { names: Type.Array(Name, { minItems: 1, maxItems: 1_000 }) },
          { additionalProperties: false },
        ),
        response: { 200: ManyDeleted },
      },
      config: {
        operation: 'delete_files',
        role: 'editor',
        summary: 'Deletes files, and revokes every share of them',
        problems: ['files_unavailable'],
      },
    },
    async (request, reply) => {
      const folder = inFolder(request);
      const { owner } = folder;
      const deletion = await findDeletion(objects, owner, request.body.names);
      const names = deletion.meant.flatMap(({ name }) => name ?? []);
      let outcome: Deleted = { deleted: [], failed: deletion.failed };
      const edge = await shares.revokeOf(folder, names, async () => {
        outcome = await deleteMeant(objects, owner, deletion);
      });
      const gone = new Set(outcome.deleted.map(({ name }) => name));
      await details.gone(
        deletion.meant.flatMap(({ given, name }) => (name && gone.has(given) ? [{ owner, name }] : [])),
      );
      for (const { name } of outcome.deleted)
        audit(request.log, 'file_deleted', { ...whoIn(folder), file: name });
      answerTold(reply, edge);
      return {
        deleted: outcome.deleted.map(({ name, versionId: version }) => ({
          name,
          ...(version && { version }),
        })),
        failed: outcome.failed,
      };
    },
  );
}
