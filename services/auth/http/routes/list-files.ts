import * as Type from 'typebox';
import { encodeKey } from '../../../../core/file-name.ts';
import { typeByExtension } from '../../../../core/type-by-extension.ts';
import type { StoredFile } from '../../domain/file-ports.ts';
import { listFiles } from '../../domain/listing.ts';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';

const Query = Type.Object({
  prefix: Type.Optional(Type.String({ maxLength: 1_024 })),
  cursor: Type.Optional(Type.String({ maxLength: 2_048 })),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]{0,2}|1000)$' })),
});

const Page = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      size: Type.Integer(),
      type: Type.String(),
      etag: Type.String(),
      lastModified: Type.String({ format: 'date-time' }),
      url: Type.String({ format: 'uri' }),
      thumbnailUrl: Type.Optional(Type.String({ format: 'uri' })),
    }),
  ),
  cursor: Type.Optional(Type.String()),
});

/** `GET /api/files`: the user's own files, with their addresses and those of their thumbnails on the files host. */
export function listFilesRoute(app: Scope, deps: Deps): void {
  app.get(
    '/api/files',
    {
      // 1,000 names are some 400 kB, and a sixth of that compressed.
      onSend: async (request, reply, payload) =>
        (await import('../encodings.ts')).compressAnswer(request, reply, payload),
      schema: { querystring: Query, response: { 200: Page } },
      config: {
        operation: 'list_files',
        summary: "The user's own files, in S3's order",
        problems: ['files_unavailable'],
      },
    },
    async (request) => {
      const { userId } = signedIn(request);
      const { prefix = '', cursor, limit = '100' } = request.query;
      const { files, last } = await listFiles(deps.objects, userId, {
        prefix,
        // A cursor is a name. It cannot lead out of the folder, since the prefix stays.
        after: cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString(),
        limit: Number(limit),
      });
      const urlOf = ({ key, etag }: StoredFile) => `${deps.config.origins.files}/${encodeKey(key)}?v=${etag}`;
      return {
        files: files.map(({ thumbnail, ...file }) => ({
          name: file.name,
          size: file.size,
          type: typeByExtension(file.name),
          etag: file.etag,
          lastModified: file.lastModified.toISOString(),
          url: urlOf(file),
          ...(thumbnail ? { thumbnailUrl: urlOf(thumbnail) } : {}),
        })),
        ...(last === undefined ? {} : { cursor: Buffer.from(last).toString('base64url') }),
      };
    },
  );
}
