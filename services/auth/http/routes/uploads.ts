import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { filePath, nameOfKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { MAX_PARTS } from '@cloudfront-cookie-gateway/core/upload-limits';
import * as Type from 'typebox';
import { isChangedAt } from '../../domain/details.ts';
import type { UploadRecord } from '../../domain/file-ports.ts';
import { beginUpload } from '../../files/begin-upload.ts';
import { audit, whoIn } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder, uploaderIn } from '../guards.ts';
import { File, Instant, Name, Sha256, SignedPut, shownPut } from '../schemas.ts';

export const NewUpload = Type.Object(
  {
    name: Name,
    size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    type: Type.String({ maxLength: 255 }),
    sha256: Type.Optional({
      ...Sha256,
      description: 'SHA-256 of the content, in hex. Required up to 16 MB. Above that, each part has its own.',
    }),
    changedAt: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$',
        description: "The file's own date: ISO 8601 in UTC, from 1900 to a day ahead.",
      }),
    ),
    replace: Type.Optional(Type.Boolean({ description: 'A file with this name may be overwritten.' })),
  },
  { additionalProperties: false },
);

/** @throws GatewayError bad_request for a date that no file can have */
export function checkChangedAt({ clock }: Pick<Deps, 'clock'>, changedAt: string | undefined): void {
  if (changedAt === undefined || isChangedAt(changedAt, clock.now())) return;
  throw new GatewayError('bad_request', { detail: 'changedAt must be a date from 1900 to a day ahead.' });
}

export const Promised = Type.Object({
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

/** `POST …/uploads`: the terms of an upload. The bytes go from the browser to S3. */
export function createUploadRoute(
  app: Scope,
  deps: Pick<Deps, 'config' | 'objects' | 'uploads' | 'usage' | 'details' | 'clock'>,
): void {
  app.post(
    '/uploads',
    {
      schema: { body: NewUpload, response: { 201: Promised } },
      config: {
        operation: 'create_upload',
        role: 'editor',
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
      checkChangedAt(deps, request.body.changedAt);
      const folder = inFolder(request);
      const { name, upload } = await beginUpload(deps, folder, request.body);
      audit(request.log, 'upload_asked', { ...whoIn(folder), file: name });
      return reply.code(201).send(shownUpload(deps, folder.owner, { name, upload }));
    },
  );
}

/** The terms of an upload, as an answer shows them. */
export function shownUpload(
  { config }: Pick<Deps, 'config'>,
  owner: Owner,
  { name, upload }: Awaited<ReturnType<typeof beginUpload>>,
) {
  const url = config.origins.files + filePath(owner, name);
  return { name, url, upload: 'id' in upload ? upload : shownPut(upload) };
}

const Params = Type.Object({ id: Type.String() });
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
  expiresAt: Instant,
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

const PROBLEMS: ErrorCode[] = ['no_such_upload', 'files_unavailable'];

/** `GET …/uploads/<id>`: the parts that S3 has of an upload, for a client that goes on with it. */
export function readMultipartUploadRoute(app: Scope, deps: Pick<Deps, 'uploads'>): void {
  app.get(
    '/uploads/:id',
    {
      schema: { params: Params, response: { 200: State } },
      config: {
        operation: 'read_upload',
        role: 'editor',
        summary: 'What S3 has of an upload in parts',
        problems: PROBLEMS,
      },
    },
    async (request) => {
      const { upload, partSize, parts } = await deps.uploads.read(request.params.id, uploaderIn(request));
      return {
        ...describe(upload),
        partSize,
        parts: parts.map(({ number, size, sha256 }) => ({ number, size, ...defined({ sha256 }) })),
        expiresAt: new Date(upload.expiresAtEpoch * 1_000).toISOString(),
      };
    },
  );
}

/** `POST …/uploads/<id>/parts`, `POST …/uploads/<id>/complete` and `DELETE …/uploads/<id>`. */
export function multipartUploadRoutes(app: Scope, deps: Pick<Deps, 'config' | 'uploads'>): void {
  app.post(
    '/uploads/:id/parts',
    {
      schema: { params: Params, body: WantedParts, response: { 200: PartUrls } },
      config: {
        operation: 'presign_parts',
        role: 'editor',
        summary: 'Addresses for parts, each good for the bytes of one SHA-256',
        problems: PROBLEMS,
      },
    },
    async (request) => {
      const { id } = request.params;
      return { parts: await deps.uploads.presignParts(id, uploaderIn(request), request.body.parts) };
    },
  );

  app.post(
    '/uploads/:id/complete',
    {
      schema: { params: Params, response: { 200: File } },
      config: {
        operation: 'complete_upload',
        role: 'editor',
        summary: 'Makes the file from its parts; a repetition answers the same',
        problems: [...PROBLEMS, 'upload_incomplete', 'quota_exceeded', 'file_exists'],
      },
    },
    async (request) => {
      const upload = await deps.uploads.complete(request.params.id, uploaderIn(request));
      const file = describe(upload);
      const path = filePath(upload.owner, file.name);
      const { etag } = upload;
      return { ...file, etag, url: `${deps.config.origins.files}${path}?v=${etag}` };
    },
  );

  app.delete(
    '/uploads/:id',
    {
      schema: { params: Params, response: { 204: Type.Null() } },
      config: {
        operation: 'abort_upload',
        role: 'editor',
        summary: 'Drops an upload in parts; a repetition answers the same',
        problems: PROBLEMS,
      },
    },
    async (request, reply) => {
      await deps.uploads.abort(request.params.id, uploaderIn(request));
      return reply.code(204).send(null);
    },
  );
}

function describe({ key, owner, size, type }: UploadRecord) {
  return { name: nameOfKey(key, owner) ?? '', size, type };
}
