import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { GatewayError } from '../../domain/errors.ts';
import { filePath, objectKey, parseFileName } from '../../domain/file-name.ts';
import { ALLOWED_TYPES } from '../../domain/media-types.ts';
import type { Deps } from '../context.ts';
import { requireSession } from '../session-cookies.ts';

const MAX_UPLOAD_BYTES = 16 * 1_024 * 1_024;

const Body = Type.Object(
  {
    name: Type.String({ maxLength: 2_048 }),
    size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    type: Type.String({ maxLength: 255 }),
    /** Of the content, in hex: S3 checks it. */
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  },
  { additionalProperties: false },
);

const Promised = Type.Object({
  name: Type.String(),
  url: Type.String({ format: 'uri' }),
  upload: Type.Object({
    method: Type.Literal('POST'),
    url: Type.String({ format: 'uri' }),
    fields: Type.Record(Type.String(), Type.String()),
    expiresAt: Type.String({ format: 'date-time' }),
  }),
});

/** `POST /api/uploads`: a form for one file of one size and type; the bytes go from the browser to S3. */
export function uploadsRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    '/api/uploads',
    {
      schema: { body: Body, response: { 201: Promised } },
      config: {
        operation: 'create_upload',
        summary: 'A form for one file of one size and type',
        problems: [
          'no_session',
          'cross_origin',
          'account_changed',
          'file_too_large',
          'type_not_allowed',
          'invalid_name',
          'store_unavailable',
          'files_unavailable',
        ],
        // A picker hands over many files at once.
        rateLimit: { max: 10 * deps.config.rateLimitPerMinute },
      },
    },
    async (request, reply) => {
      const { session } = await requireSession(request, deps);
      const { name: rawName, size, type, sha256 } = request.body;
      const name = parseFileName(rawName, session.userId);
      if (!ALLOWED_TYPES.includes(type)) throw new GatewayError('type_not_allowed');
      if (size > MAX_UPLOAD_BYTES) {
        throw new GatewayError('file_too_large', { detail: 'The file is larger than 16 MB.' });
      }
      const key = objectKey(session.userId, name);
      const { url, fields, expiresAt } = await deps.objects.presignUpload({
        key,
        size,
        type,
        ...(sha256 === undefined ? {} : { sha256 }),
      });
      return reply.code(201).send({
        name,
        url: deps.config.origins.files + filePath(session.userId, name),
        upload: { method: 'POST' as const, url, fields, expiresAt: expiresAt.toISOString() },
      });
    },
  );
}
