import * as Type from 'typebox';
import { defined } from '../../../../core/defined.ts';
import type { ErrorCode } from '../../../../core/errors.ts';
import { filePath, nameOfKey } from '../../../../core/file-name.ts';
import { MAX_PARTS } from '../../../../core/upload-limits.ts';
import type { UploadRecord } from '../../domain/file-ports.ts';
import type { Deps, Scope } from '../context.ts';
import { signedIn } from '../plugins/signed-in.ts';

const Params = Type.Object({ id: Type.String() });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const PartNumber = Type.Integer({ minimum: 1, maximum: MAX_PARTS });

const State = Type.Object({
  name: Type.String(),
  size: Type.Integer(),
  type: Type.String(),
  partSize: Type.Integer(),
  parts: Type.Array(
    Type.Object({
      number: PartNumber,
      size: Type.Integer(),
      sha256: Type.Optional({ ...Sha256, description: 'In hex, where S3 keeps it.' }),
    }),
  ),
  expiresAt: Type.String({ format: 'date-time' }),
});

/** An address lives for five minutes. So a client asks for the addresses of its next parts, not of all parts. */
const WantedParts = Type.Object(
  {
    parts: Type.Array(Type.Object({ number: PartNumber, sha256: Sha256 }, { additionalProperties: false }), {
      minItems: 1,
      maxItems: 100,
    }),
  },
  { additionalProperties: false },
);

const PartUrls = Type.Object({
  parts: Type.Array(
    Type.Object({
      number: PartNumber,
      url: Type.String({ format: 'uri' }),
      headers: Type.Record(Type.String(), Type.String()),
    }),
  ),
});

const File = Type.Object({
  name: Type.String(),
  size: Type.Integer(),
  type: Type.String(),
  etag: Type.String(),
  url: Type.String({ format: 'uri' }),
});

const PROBLEMS: ErrorCode[] = ['no_such_upload', 'files_unavailable'];

/** `GET /api/uploads/<id>`: the parts that S3 has of an upload, for a client that goes on with it. */
export function readMultipartUploadRoute(app: Scope, deps: Deps): void {
  app.get(
    '/api/uploads/:id',
    {
      schema: { params: Params, response: { 200: State } },
      config: {
        operation: 'read_upload',
        summary: 'What S3 has of an upload in parts',
        problems: PROBLEMS,
      },
    },
    async (request) => {
      const { userId } = signedIn(request);
      const { upload, partSize, parts } = await deps.uploads.read(request.params.id, userId);
      return {
        ...describe(upload),
        partSize,
        parts: parts.map(({ number, size, sha256 }) => ({ number, size, ...defined({ sha256 }) })),
        expiresAt: new Date(upload.expiresAtEpoch * 1_000).toISOString(),
      };
    },
  );
}

/** `POST /api/uploads/<id>/parts`, `POST /api/uploads/<id>/complete` and `DELETE /api/uploads/<id>`. */
export function multipartUploadRoutes(app: Scope, deps: Deps): void {
  app.post(
    '/api/uploads/:id/parts',
    {
      schema: { params: Params, body: WantedParts, response: { 200: PartUrls } },
      config: {
        operation: 'presign_parts',
        summary: 'Addresses for parts, each good for the bytes of one SHA-256',
        problems: PROBLEMS,
      },
    },
    async (request) => {
      const { userId } = signedIn(request);
      const { id } = request.params;
      return { parts: await deps.uploads.presignParts(id, userId, request.body.parts) };
    },
  );

  app.post(
    '/api/uploads/:id/complete',
    {
      schema: { params: Params, response: { 200: File } },
      config: {
        operation: 'complete_upload',
        summary: 'Makes the file of its parts; a repetition answers the same',
        problems: [...PROBLEMS, 'upload_incomplete', 'quota_exceeded', 'file_exists'],
      },
    },
    async (request) => {
      const { userId } = signedIn(request);
      const upload = await deps.uploads.complete(request.params.id, userId);
      const file = describe(upload);
      const path = filePath(userId, file.name);
      const { etag } = upload;
      return { ...file, etag, url: `${deps.config.origins.files}${path}?v=${etag}` };
    },
  );

  app.delete(
    '/api/uploads/:id',
    {
      schema: { params: Params, response: { 204: Type.Null() } },
      config: {
        operation: 'abort_upload',
        summary: 'Drops an upload in parts; a repetition answers the same',
        problems: PROBLEMS,
      },
    },
    async (request, reply) => {
      const { userId } = signedIn(request);
      await deps.uploads.abort(request.params.id, userId);
      return reply.code(204).send(null);
    },
  );
}

function describe({ key, userId, size, type }: UploadRecord) {
  return { name: nameOfKey(key, userId) ?? '', size, type };
}
