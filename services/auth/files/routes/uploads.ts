import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { filePath, nameOfKey } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { MAX_PARTS } from '@cloudfront-cookie-gateway/core/upload-limits';
import * as Type from 'typebox';
import { isChangedAt } from '../../details/rules.ts';
import { BY_EDITOR, route } from '../../http/route.ts';
import { File, Instant, Name, Sha256, SignedPut, shownPut } from '../../http/schemas.ts';
import { exactly } from '../../settings/exactly.ts';
import type { Deps } from '../../wiring/deps.ts';
import { beginUpload } from '../begin-upload.ts';
import type { UploadRecord } from '../file.ts';

export const NewUpload = exactly({
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
});

/** @throws GatewayError bad_request for a date that no file can have */
export function checkChangedAt({ clock }: Deps, changedAt: string | undefined): void {
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

/** The terms of an upload, as an answer shows them. */
export function shownUpload(
  { config }: Deps,
  owner: Owner,
  { name, upload }: Awaited<ReturnType<typeof beginUpload>>,
) {
  const url = config.origins.files + filePath(owner, name);
  return { name, url, upload: 'id' in upload ? upload : shownPut(upload) };
}

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
const WantedParts = exactly({
  parts: Type.Array(exactly({ number: PartNumber, sha256: Sha256 }), {
    minItems: 1,
    maxItems: 100,
  }),
});

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

function describe({ key, owner, size, type }: UploadRecord) {
  return { name: nameOfKey(key, owner) ?? '', size, type };
}

/** Who goes on with an upload in parts. */
const THROUGH_PARTS = { caller: 'uploader', role: 'editor', linkRole: 'uploader' } as const;

export const uploadRoutes = [
  // The bytes go from the browser to S3.
  route({
    method: 'POST',
    url: '/uploads',
    operation: 'create_upload',
    summary: 'A signed PUT for one content; above 16 MB an upload in parts',
    ...BY_EDITOR,
    problems: [
      ...(['file_too_large', 'quota_exceeded', 'type_not_allowed'] as const),
      ...(['invalid_name', 'file_exists', 'files_unavailable'] as const),
    ],
    body: NewUpload,
    answers: { 201: Promised },
    async handler({ deps, folder, body, audit }) {
      checkChangedAt(deps, body.changedAt);
      const { name, upload } = await beginUpload(deps, folder, body);
      audit('upload_asked', { file: name });
      return shownUpload(deps, folder.owner, { name, upload });
    },
  }),

  // For a client that goes on with it.
  route({
    method: 'GET',
    url: '/uploads/:id',
    operation: 'read_upload',
    summary: 'What S3 has of an upload in parts',
    ...THROUGH_PARTS,
    problems: PROBLEMS,
    answers: { 200: State },
    async handler({ deps, uploader, params }) {
      const { upload, partSize, parts } = await deps.uploads.read(params.id, uploader);
      return {
        ...describe(upload),
        partSize,
        parts: parts.map(({ number, size, sha256 }) => ({ number, size, ...defined({ sha256 }) })),
        expiresAt: new Date(upload.expiresAtEpoch * 1_000).toISOString(),
      };
    },
  }),

  route({
    method: 'POST',
    url: '/uploads/:id/parts',
    operation: 'presign_parts',
    summary: 'Addresses for parts, each good for the bytes of one SHA-256',
    ...THROUGH_PARTS,
    problems: PROBLEMS,
    body: WantedParts,
    answers: { 200: PartUrls },
    handler: async ({ deps, uploader, params, body }) => ({
      parts: await deps.uploads.presignParts(params.id, uploader, body.parts),
    }),
  }),

  route({
    method: 'POST',
    url: '/uploads/:id/complete',
    operation: 'complete_upload',
    summary: 'Makes the file from its parts; a repetition answers the same',
    ...THROUGH_PARTS,
    problems: [...PROBLEMS, 'upload_incomplete', 'quota_exceeded', 'file_exists'],
    answers: { 200: File },
    async handler({ deps, uploader, params }) {
      const upload = await deps.uploads.complete(params.id, uploader);
      const file = describe(upload);
      const path = filePath(upload.owner, file.name);
      const { etag } = upload;
      return { ...file, etag, url: `${deps.config.origins.files}${path}?v=${etag}` };
    },
  }),

  route({
    method: 'DELETE',
    url: '/uploads/:id',
    operation: 'abort_upload',
    summary: 'Drops an upload in parts; a repetition answers the same',
    ...THROUGH_PARTS,
    problems: PROBLEMS,
    answers: { 204: Type.Null() },
    async handler({ deps, uploader, params }) {
      await deps.uploads.abort(params.id, uploader);
    },
  }),
];
