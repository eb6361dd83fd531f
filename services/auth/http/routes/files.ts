import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { encodeKey, objectKey } from '@cloudfront-cookie-gateway/core/file-name';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import * as Type from 'typebox';
import type { StoredFile } from '../../domain/file-ports.ts';
import type { ListedDetails } from '../../files/details.ts';
import { listFiles, storedName } from '../../files/listing.ts';
import { dropThumbnail, presignThumbnail } from '../../files/thumbnails.ts';
import { audit, whoIn } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder, uploaderIn } from '../guards.ts';
import { Instant, Name, Sha256, SignedPut, shownPut } from '../schemas.ts';
import { answerTold } from '../told.ts';
import { Picture } from './details.ts';

const ListQuery = Type.Object({
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
      lastModified: Instant,
      url: Type.String({ format: 'uri' }),
      thumbnailUrl: Type.Optional(Type.String({ format: 'uri' })),
      changedAt: Type.Optional({ ...Instant, description: "The file's own date, as given at its upload." }),
      ...Picture.properties,
      uploadedBy: Type.Optional(Type.String({ description: 'The id of a user, in a team.' })),
      scan: Type.Optional(
        Type.Enum(['scanning', 'refused', 'not_scanned'], {
          description:
            'Why the files host may refuse the file, where files are scanned. Absent for a clean file.',
        }),
      ),
    }),
  ),
  folders: Type.Optional(
    Type.Array(Type.String({ description: 'The name of an empty folder, without `/`.' })),
  ),
  cursor: Type.Optional(Type.String()),
});

/** `GET …/files`: the files of a folder, with their addresses and those of their thumbnails on the files host. */
export function listFilesRoute(app: Scope, deps: Pick<Deps, 'config' | 'objects' | 'details'>): void {
  const urlOf = ({ key, etag }: StoredFile) => `${deps.config.origins.files}/${encodeKey(key)}?v=${etag}`;
  app.get(
    '/files',
    {
      // 1,000 names are some 400 kB, and a sixth of that compressed.
      onSend: async (request, reply, payload) =>
        (await import('../encodings.ts')).compressAnswer(request, reply, payload),
      schema: { querystring: ListQuery, response: { 200: Page } },
      config: {
        operation: 'list_files',
        role: 'viewer',
        summary: "The files, in S3's order",
        problems: ['files_unavailable'],
      },
    },
    async (request) => {
      const { prefix = '', cursor, limit = '100' } = request.query;
      const { owner, isGuest } = uploaderIn(request);
      const { files, folders, last } = await listFiles(deps.objects, owner, {
        prefix,
        // A cursor is a name. It cannot lead out of the folder, since the prefix stays.
        after: cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString(),
        limit: Number(limit),
      });
      const details = await deps.details.ofList(owner, files);
      return {
        files: files.map(({ thumbnail, ...file }) => ({
          name: file.name,
          size: file.size,
          type: typeByExtension(file.name),
          etag: file.etag,
          lastModified: file.lastModified.toISOString(),
          url: urlOf(file),
          ...(thumbnail ? { thumbnailUrl: urlOf(thumbnail) } : {}),
          ...shownDetails(details.get(file.name), isGuest),
        })),
        folders,
        ...(last === undefined ? {} : { cursor: Buffer.from(last).toString('base64url') }),
      };
    },
  );
}

/** People who come through a link learn nothing of the members. */
function shownDetails({ uploadedBy, ...details }: ListedDetails = {}, isGuest = false) {
  return { ...details, ...(isGuest ? {} : defined({ uploadedBy })) };
}

const Used = Type.Object({
  bytes: Type.Integer({
    description:
      'Bytes of all files, of their thumbnails, and of what is kept of deleted and replaced files.',
  }),
  keptBytes: Type.Integer({ description: 'The part of it that was deleted or replaced.' }),
  files: Type.Integer(),
});

/** `GET …/files/usage`: counts anew each time, with one request to S3 for each 1,000 objects. */
export function usageRoute(app: Scope, { usage }: Pick<Deps, 'usage'>): void {
  app.get(
    '/files/usage',
    {
      schema: { response: { 200: Used } },
      config: {
        operation: 'usage',
        role: 'viewer',
        summary: 'The number of the files, and their bytes',
        problems: ['files_unavailable'],
      },
    },
    (request) => usage.count(inFolder(request).owner),
  );
}

const DeleteQuery = Type.Object({ name: Name }, { additionalProperties: false });

/**
 * `DELETE …/files?name=`: deletes the file, its thumbnail and every share of it. Calling it again gives the same
 * answer, so a lost answer does no harm.
 */
export function deleteFileRoute(app: Scope, deps: Pick<Deps, 'objects' | 'shares' | 'details'>): void {
  app.delete(
    '/files',
    {
      schema: {
        querystring: DeleteQuery,
        response: { 204: Type.Null({ description: 'The file is deleted, or was not there.' }) },
      },
      config: {
        operation: 'delete_file',
        role: 'editor',
        summary: 'Deletes a file, and revokes every share of it',
        problems: ['invalid_name', 'files_unavailable'],
      },
    },
    async (request, reply) => {
      const { objects, shares, details } = deps;
      const folder = inFolder(request);
      const { owner } = folder;
      const name = await storedName(objects, owner, request.query.name);
      const edge = await shares.revokeOf(folder, name, async () => {
        const key = objectKey(owner, name);
        await dropThumbnail(objects, owner, key);
        await objects.delete(key);
      });
      await details.gone([{ owner, name }]);
      audit(request.log, 'file_deleted', { ...whoIn(folder), file: name });
      return answerTold(reply, edge).code(204).send(null);
    },
  );
}

const Thumbnail = Type.Object(
  {
    name: { ...Name, description: 'The name of the file.' },
    size: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    sha256: { ...Sha256, description: 'SHA-256 of the thumbnail, in hex.' },
  },
  { additionalProperties: false },
);

/** `POST …/thumbnails`: a signed PUT for the thumbnail of a file that exists. It takes only one content. */
export function createThumbnailRoute(app: Scope, deps: Pick<Deps, 'objects' | 'usage'>): void {
  app.post(
    '/thumbnails',
    {
      schema: { body: Thumbnail, response: { 201: Type.Object({ upload: SignedPut }) } },
      config: {
        operation: 'create_thumbnail',
        role: 'editor',
        summary: "A signed PUT for a file's thumbnail: WebP, at most 64 KB",
        problems: ['no_such_file', 'file_too_large', 'quota_exceeded', 'invalid_name', 'files_unavailable'],
      },
    },
    async (request, reply) => {
      const folder = inFolder(request);
      const { owner } = folder;
      const { name: rawName, ...picture } = request.body;
      const name = await storedName(deps.objects, owner, rawName);
      const put = await presignThumbnail(deps, owner, name, picture);
      audit(request.log, 'thumbnail_asked', { ...whoIn(folder), file: name });
      return reply.code(201).send({ upload: shownPut(put) });
    },
  );
}
