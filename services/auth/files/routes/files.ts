import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  encodeKey,
  folderMarkerKey,
  objectKey,
  parseFileName,
} from '@cloudfront-cookie-gateway/core/file-name';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import * as Type from 'typebox';
import type { ListedDetails } from '../../details/details.ts';
import { isTakenAt } from '../../details/rules.ts';
import { BY_EDITOR, route } from '../../http/route.ts';
import { Instant, Name, Sha256, SignedPut, shownPut } from '../../http/schemas.ts';
import { exactly } from '../../settings/exactly.ts';
import type { StoredFile } from '../file.ts';
import { listFiles, storedName } from '../listing.ts';
import { presignThumbnail } from '../thumbnails.ts';

const Pixels = Type.Integer({ minimum: 1, maximum: 65_535 });

/** What a client has read in a picture or film. Nobody checks it against the file. */
export const Picture = Type.Object({
  takenAt: Type.Optional(
    Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)?$',
      description: 'ISO 8601. It has a zone only if the camera stored one.',
    }),
  ),
  width: Type.Optional({ ...Pixels, description: 'Pixels, as shown.' }),
  height: Type.Optional(Pixels),
  color: Type.Optional(Type.String({ pattern: '^#[0-9a-f]{6}$', description: 'The average color.' })),
});

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

const Thumbnail = exactly({
  name: { ...Name, description: 'The name of the file.' },
  size: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  sha256: { ...Sha256, description: 'SHA-256 of the thumbnail, in hex.' },
});

export const fileRoutes = [
  route({
    method: 'GET',
    url: '/files',
    operation: 'list_files',
    summary: "The files, in S3's order",
    caller: 'uploader',
    role: 'viewer',
    linkRole: 'viewer',
    problems: ['files_unavailable'],
    query: ListQuery,
    answers: { 200: Page },
    // 1,000 names are some 400 kB, and a sixth of that compressed.
    onSend: async (request, reply, payload) =>
      (await import('../../http/encodings.ts')).compressAnswer(request, reply, payload),
    async handler({ deps, uploader: { owner, isGuest }, query }) {
      const { prefix = '', cursor, limit = '100' } = query;
      const { files, folders, last } = await listFiles(deps.objects, owner, {
        prefix,
        // A cursor is a name. It cannot lead out of the folder, since the prefix stays.
        after: cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString(),
        limit: Number(limit),
      });
      const details = await deps.details.ofList(owner, files);
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
          ...shownDetails(details.get(file.name), isGuest),
        })),
        folders,
        ...(last === undefined ? {} : { cursor: Buffer.from(last).toString('base64url') }),
      };
    },
  }),

  // S3 gets one request for each 1,000 objects.
  route({
    method: 'GET',
    url: '/files/usage',
    operation: 'usage',
    summary: 'The number of the files, and their bytes',
    caller: 'folder',
    role: 'viewer',
    problems: ['files_unavailable'],
    answers: { 200: Used },
    handler: ({ deps, folder }) => deps.usage.count(folder.owner),
  }),

  route({
    method: 'POST',
    url: '/thumbnails',
    operation: 'create_thumbnail',
    summary: "A signed PUT for a file's thumbnail: WebP, at most 64 KB",
    ...BY_EDITOR,
    problems: ['no_such_file', 'file_too_large', 'quota_exceeded', 'invalid_name', 'files_unavailable'],
    body: Thumbnail,
    answers: { 201: Type.Object({ upload: SignedPut }) },
    async handler({ deps, folder: { owner }, body: { name: rawName, ...picture }, audit }) {
      const name = await storedName(deps.objects, owner, rawName);
      const put = await presignThumbnail(deps, owner, name, picture);
      audit('thumbnail_asked', { file: name });
      return { upload: shownPut(put) };
    },
  }),
];

/** Folders with files need no mark, since names say what is in them. */
export const makeFolderRoute = route({
  method: 'POST',
  url: '/folders',
  operation: 'make_folder',
  summary: 'An empty folder',
  ...BY_EDITOR,
  problems: ['invalid_name', 'file_exists', 'files_unavailable'],
  body: exactly({ name: Name }),
  answers: { 201: Type.Object({ name: Type.String() }) },
  async handler({ deps: { objects }, folder: { owner }, body, audit }) {
    const name = parseFileName(body.name, owner);
    const key = folderMarkerKey(owner, name);
    const [file, { files: within }] = await Promise.all([
      objects.find(objectKey(owner, name)),
      objects.list({ prefix: key, limit: 1 }),
    ]);
    if (file || within.length > 0 || !(await objects.markFolder(key))) {
      throw new GatewayError('file_exists', { detail: 'A file or a folder with this name already exists.' });
    }
    audit('folder_made', { file: name });
    return { name };
  },
});

const Described = exactly({
  name: Name,
  etag: Type.String({ maxLength: 64, description: 'Of the content that was read.' }),
  ...Picture.properties,
});

export const describeFileRoute = route({
  method: 'POST',
  url: '/files/details',
  operation: 'describe_file',
  summary: 'Adds to a file what a client has read in it: the date of a picture, its size and its color',
  ...BY_EDITOR,
  problems: ['no_such_file', 'invalid_name', 'files_unavailable'],
  body: Described,
  answers: { 204: Type.Null() },
  async handler({ deps, folder: { owner }, body: { name: rawName, etag, ...picture } }) {
    if (picture.takenAt !== undefined && !isTakenAt(picture.takenAt)) {
      throw new GatewayError('bad_request', { detail: 'takenAt is no date.' });
    }
    const name = await storedName(deps.objects, owner, rawName);
    await deps.details.describe({ owner, name }, etag, picture);
  },
});
