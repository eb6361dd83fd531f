import * as Type from 'typebox';
import { GatewayError } from '../../../../core/errors.ts';
import { filePath, objectKey, parseFileName } from '../../../../core/file-name.ts';
import { checkUploadLimits, MAX_PUT_BYTES } from '../../../../core/upload-limits.ts';
import { dropThumbnail } from '../../domain/thumbnails.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';

const Body = Type.Object(
  {
    name: Type.String({ maxLength: 2_048 }),
    size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    type: Type.String({ maxLength: 255 }),
    sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description:
          'SHA-256 of the content, in hex. Required up to 16 MB. Above that, each part has its own.',
      }),
    ),
    replace: Type.Optional(Type.Boolean({ description: 'A file with this name may be overwritten.' })),
  },
  { additionalProperties: false },
);

/** A signed PUT, as the answer shows it. */
export const SignedPut = Type.Object({
  method: Type.Literal('PUT'),
  url: Type.String({ format: 'uri' }),
  headers: Type.Record(Type.String(), Type.String()),
  expiresAt: Type.String({ format: 'date-time' }),
});

const Promised = Type.Object({
  name: Type.String(),
  url: Type.String({ format: 'uri' }),
  upload: Type.Union([
    SignedPut,
    Type.Object({
      id: Type.String(),
      partSize: Type.Integer({ description: 'Bytes of every part but the last.' }),
      parts: Type.Integer({ description: 'The number of parts.' }),
    }),
  ]),
});

/**
 * `POST /api/uploads`: a signed PUT for one content, or above 16 MB an upload in parts. The bytes go from the browser
 * to S3. Without `replace`, a name that is taken is refused: by S3, or for parts before the first part.
 */
export function createUploadRoute(app: Scope, deps: Deps): void {
  const { origins } = deps.config;
  app.post(
    '/api/uploads',
    {
      schema: { body: Body, response: { 201: Promised } },
      config: {
        operation: 'create_upload',
        summary: 'A signed PUT for one content; above 16 MB an upload in parts',
        problems: [
          'file_too_large',
          'quota_exceeded',
          'type_not_allowed',
          'invalid_name',
          'file_exists',
          'files_unavailable',
        ],
      },
    },
    async (request, reply) => {
      const { userId } = signedIn(request);
      const { name: rawName, size, type, sha256, replace = false } = request.body;
      const isSmall = size <= MAX_PUT_BYTES;
      if (isSmall && sha256 === undefined) {
        throw new GatewayError('bad_request', { detail: 'A file of up to 16 MB needs its sha256, in hex.' });
      }
      const name = parseFileName(rawName, userId);
      const file = { key: objectKey(userId, name), size, type, replace };
      const present = isSmall || replace ? undefined : await deps.objects.find(file.key);
      if (present) {
        const lastModified = present.lastModified.toISOString();
        throw new GatewayError('file_exists', { members: { size: present.size, lastModified } });
      }
      checkUploadLimits(file, deps.config);
      await deps.usage.take(userId, file.key, size);
      if (isSmall && replace) await dropThumbnail(deps.objects, userId, file.key);
      const upload =
        sha256 !== undefined && isSmall
          ? await deps.objects.presignUpload({ ...file, sha256 })
          : await deps.uploads.begin(userId, file);
      audit(request.log, 'upload_asked', { userId, file: name });
      return reply.code(201).send({
        name,
        url: origins.files + filePath(userId, name),
        upload:
          'id' in upload
            ? upload
            : { method: 'PUT' as const, ...upload, expiresAt: upload.expiresAt.toISOString() },
      });
    },
  );
}
