import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { GatewayError } from '../../domain/errors.ts';
import { filePath, objectKey, parseFileName } from '../../domain/file-name.ts';
import { MAX_FORM_BYTES } from '../../domain/uploads.ts';
import type { Deps } from '../context.ts';
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
          'Of the content, in hex. S3 checks it of a form. Of an upload in parts S3 checks each part by its own; this one is not used.',
      }),
    ),
  },
  { additionalProperties: false },
);

const Promised = Type.Object({
  name: Type.String(),
  url: Type.String({ format: 'uri' }),
  upload: Type.Union([
    Type.Object({
      method: Type.Literal('POST'),
      url: Type.String({ format: 'uri' }),
      fields: Type.Record(Type.String(), Type.String()),
      expiresAt: Type.String({ format: 'date-time' }),
    }),
    Type.Object({
      id: Type.String(),
      partSize: Type.Integer({ description: 'Bytes of every part but the last.' }),
      parts: Type.Integer({ description: 'How many there are.' }),
    }),
  ]),
});

/**
 * `POST /api/uploads`: a form for one file of one size and type, or above 16 MB an upload in parts; the bytes go from
 * the browser to S3.
 */
export function createUploadRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    '/api/uploads',
    {
      schema: { body: Body, response: { 201: Promised } },
      config: {
        operation: 'create_upload',
        summary: 'A form for one file of one size and type; above 16 MB an upload in parts',
        problems: [
          'file_too_large',
          'quota_exceeded',
          'type_not_allowed',
          'invalid_name',
          'files_unavailable',
        ],
        // A picker hands over many files at once.
        rateLimit: { max: 10 * deps.config.rateLimitPerMinute },
      },
    },
    async (request, reply) => {
      const { userId } = signedIn(request);
      const { name: rawName, size, type, sha256 } = request.body;
      const name = parseFileName(rawName, userId);
      const { allowedTypes, maxFileBytes, origins } = deps.config;
      if (!allowedTypes.includes(type)) throw new GatewayError('type_not_allowed');
      if (size > maxFileBytes) {
        throw new GatewayError('file_too_large', {
          detail: `The file is larger than ${maxFileBytes} bytes.`,
        });
      }
      const promised = { name, url: origins.files + filePath(userId, name) };
      const file = { key: objectKey(userId, name), size, type };
      await deps.usage.take(userId, file.key, size);
      if (size > MAX_FORM_BYTES) {
        const upload = await deps.uploads.begin(userId, file);
        return reply.code(201).send({ ...promised, upload });
      }
      const { url, fields, expiresAt } = await deps.objects.presignUpload({
        ...file,
        ...(sha256 === undefined ? {} : { sha256 }),
      });
      return reply.code(201).send({
        ...promised,
        upload: { method: 'POST' as const, url, fields, expiresAt: expiresAt.toISOString() },
      });
    },
  );
}
