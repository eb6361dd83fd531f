import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { filePath, folderKey, nameOfKey } from '../../domain/file-name.ts';
import { typeByExtension } from '../../domain/media-types.ts';
import type { Deps } from '../context.ts';
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
    }),
  ),
  cursor: Type.Optional(Type.String()),
});

/** `GET /api/files`: one's own files, with addresses on the files host. */
export function listFilesRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().get(
    '/api/files',
    {
      schema: { querystring: Query, response: { 200: Page } },
      config: {
        operation: 'list_files',
        summary: "One's own files, in S3's order",
        problems: ['files_unavailable'],
      },
    },
    async (request) => {
      const { userId } = signedIn(request);
      const { prefix = '', cursor, limit = '100' } = request.query;
      const folder = folderKey(userId);
      const page = await deps.objects.list({
        prefix: folder + prefix,
        limit: Number(limit),
        // A cursor is a name: it cannot lead out of the folder, since the prefix stays.
        ...(cursor === undefined ? {} : { after: folder + Buffer.from(cursor, 'base64url').toString() }),
      });
      const files = page.files.flatMap(({ key, size, etag, lastModified }) => {
        const name = nameOfKey(key, userId);
        if (name === undefined) return [];
        return [
          {
            name,
            size,
            type: typeByExtension(name),
            etag,
            lastModified: lastModified.toISOString(),
            url: `${deps.config.origins.files}${filePath(userId, name)}?v=${etag}`,
          },
        ];
      });
      const next = page.lastKey?.slice(folder.length);
      return { files, ...(next === undefined ? {} : { cursor: Buffer.from(next).toString('base64url') }) };
    },
  );
}
