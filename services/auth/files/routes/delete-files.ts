import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { parseStoredName } from '@cloudfront-cookie-gateway/core/file-name';
import * as Type from 'typebox';
import { BY_EDITOR, route } from '../../http/route.ts';
import { FailedFiles, Name } from '../../http/schemas.ts';
import { exactly } from '../../settings/exactly.ts';
import { deleteFiles } from '../delete-files.ts';

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
    ...BY_EDITOR,
    problems: ['invalid_name', 'files_unavailable'],
    query: exactly({ name: Name }),
    answers: { 204: Type.Null({ description: 'The file is deleted, or was not there.' }) },
    async handler({ deps, folder, query, audit, told }) {
      const name = parseStoredName(query.name, folder.owner);
      const { failed, edge } = await deleteFiles(deps, folder, [name]);
      if (failed[0]) throw new GatewayError(failed[0].code);
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
    ...BY_EDITOR,
    problems: ['files_unavailable'],
    bodyLimit: MANY_BYTES,
    body: exactly({ names: Type.Array(Name, { minItems: 1, maxItems: 1_000 }) }),
    answers: { 200: ManyDeleted },
    async handler({ deps, folder, body, audit, told }) {
      const { edge, ...outcome } = await deleteFiles(deps, folder, body.names);
      for (const { name } of outcome.deleted) audit('file_deleted', { file: name });
      told(edge);
      return outcome;
    },
  }),
];
