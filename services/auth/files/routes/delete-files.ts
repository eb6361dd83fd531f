import { objectKey } from '@cloudfront-cookie-gateway/core/file-name';
import * as Type from 'typebox';
import { route } from '../../http/route.ts';
import { FailedFiles, Name } from '../../http/schemas.ts';
import { exactly } from '../../settings/exactly.ts';
import { type Deleted, deleteMeant, findDeletion } from '../delete-files.ts';
import { storedName } from '../listing.ts';
import { dropThumbnail } from '../thumbnails.ts';

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

/** A file that is not there counts as deleted, so a lost answer does no harm. */
export const deleteRoutes = [
  route({
    method: 'DELETE',
    url: '/files',
    operation: 'delete_file',
    summary: 'Deletes a file, and revokes every share of it',
    caller: 'folder',
    role: 'editor',
    problems: ['invalid_name', 'files_unavailable'],
    query: exactly({ name: Name }),
    answers: { 204: Type.Null({ description: 'The file is deleted, or was not there.' }) },
    async handler({ deps, folder, query, audit, told }) {
      const { objects, shares, details } = deps;
      const { owner } = folder;
      const name = await storedName(objects, owner, query.name);
      const edge = await shares.revokeOf(folder, name, async () => {
        const key = objectKey(owner, name);
        await dropThumbnail(objects, owner, key);
        await objects.delete(key);
      });
      await details.gone([{ owner, name }]);
      audit('file_deleted', { file: name });
      told(edge);
    },
  }),

  // A name that ends in `/` is that of an empty folder.
  route({
    method: 'POST',
    url: '/files/delete',
    operation: 'delete_files',
    summary: 'Deletes files, and revokes every share of them',
    caller: 'folder',
    role: 'editor',
    problems: ['files_unavailable'],
    bodyLimit: MANY_BYTES,
    body: exactly({ names: Type.Array(Name, { minItems: 1, maxItems: 1_000 }) }),
    answers: { 200: ManyDeleted },
    async handler({ deps, folder, body, audit, told }) {
      const { objects, shares, details } = deps;
      const { owner } = folder;
      const deletion = await findDeletion(objects, owner, body.names);
      const names = deletion.meant.flatMap(({ name }) => name ?? []);
      let outcome: Deleted = { deleted: [], failed: deletion.failed };
      const edge = await shares.revokeOf(folder, names, async () => {
        outcome = await deleteMeant(objects, owner, deletion);
      });
      const { deleted, failed } = outcome;
      const gone = new Set(deleted.map(({ name }) => name));
      await details.gone(
        deletion.meant.flatMap(({ given, name }) => (name && gone.has(given) ? [{ owner, name }] : [])),
      );
      for (const { name } of deleted) audit('file_deleted', { file: name });
      told(edge);
      return {
        deleted: deleted.map(({ name, versionId: version }) => ({ name, ...(version && { version }) })),
        failed,
      };
    },
  }),
];
