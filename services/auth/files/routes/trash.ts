import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { filePath, folderKey, parseStoredName } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { rawTokenOf } from '../../http/bearer.ts';
import { BY_EDITOR, route } from '../../http/route.ts';
import { FailedFiles, File, Instant, Name } from '../../http/schemas.ts';
import type { MoverAnswer } from '../../moves/mover.ts';
import { exactly } from '../../settings/exactly.ts';
import type { Deps } from '../../wiring/deps.ts';
import { MANY_BYTES } from './delete-files.ts';

const Version = Type.String({ minLength: 1, maxLength: 1_024 });
const NamedVersion = exactly({ name: Name, version: Version });

const Many = exactly({ files: Type.Array(NamedVersion, { minItems: 1, maxItems: 1_000 }) });

const PROBLEMS: ErrorCode[] = ['no_trash', 'files_unavailable'];

const TrashPage = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      size: Type.Integer(),
      deletedAt: Instant,
      goesAt: Type.String({ format: 'date-time', description: 'It is kept until then.' }),
    }),
  ),
  cursor: Type.Optional(Type.String()),
});

const ManyRestored = Type.Object({
  restored: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
  failed: FailedFiles,
});

const Versions = Type.Object({
  versions: Type.Array(
    Type.Object({
      version: Type.String(),
      size: Type.Integer(),
      etag: Type.String(),
      lastModified: Instant,
      current: Type.Boolean(),
    }),
  ),
});

/** Who asks the mover, and about which folder. */
function by(request: FastifyRequest, { owner }: { owner: Owner }) {
  return { owner, token: rawTokenOf(request) ?? '' };
}

/** @throws GatewayError no_trash where nothing is kept */
function requireTrash({ config }: Deps): void {
  if (config.keepDeletedDays === 0) throw new GatewayError('no_trash');
}

function shownFile({ config }: Deps, { owner }: { owner: Owner }, { name, size, etag }: MoverAnswer<'copy'>) {
  const url = `${config.origins.files}${filePath(owner, name)}?v=${etag}`;
  return { name, size, type: typeByExtension(name), etag, url };
}

export const trashRoutes = [
  // A page may be empty although others follow.
  route({
    method: 'GET',
    url: '/trash',
    operation: 'list_trash',
    summary: 'The files that were deleted and are kept',
    caller: 'folder',
    role: 'viewer',
    problems: PROBLEMS,
    query: Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 2_048 })) }),
    answers: { 200: TrashPage },
    async handler({ deps, request, folder, query }) {
      requireTrash(deps);
      const { files, cursor } = await deps.mover.ask('trash', { ...by(request, folder), ...query });
      const deleted = files.filter(({ isReplaced }) => !isReplaced);
      return {
        files: deleted.map(({ name, versionId: version, size, deletedAt }) => ({
          ...{ name, version, size, deletedAt },
          goesAt: goesAt(new Date(deletedAt), deps.config.keepDeletedDays).toISOString(),
        })),
        ...(cursor === undefined ? {} : { cursor }),
      };
    },
  }),

  // A file that has the name meanwhile stays.
  route({
    method: 'POST',
    url: '/trash/restore',
    operation: 'restore_files',
    summary: 'Restores files from the trash',
    ...BY_EDITOR,
    problems: [...PROBLEMS, 'invalid_name', 'no_such_file', 'file_exists', 'quota_exceeded'],
    bodyLimit: MANY_BYTES,
    body: Type.Union([NamedVersion, Many]),
    answers: { 200: Type.Union([File, ManyRestored]) },
    async handler({ deps, request, folder, body, audit }) {
      const { mover } = deps;
      const of = by(request, folder);
      if ('files' in body) {
        requireTrash(deps);
        const files = body.files.map(({ name, version }) => ({ name, versionId: version }));
        const { restored, failed } = await mover.ask('restore_many', { ...of, files });
        for (const { name } of restored) audit('file_restored', { file: name });
        return {
          restored: restored.map(({ name, versionId: version }) => ({ name, version })),
          failed: failed.map(({ name, code }) => ({ name, code })),
        };
      }
      const name = parseStoredName(body.name, folder.owner);
      requireTrash(deps);
      const file = await mover.ask('restore', { ...of, name, versionId: body.version });
      audit('file_restored', { file: file.name });
      return shownFile(deps, folder, file);
    },
  }),

  route({
    method: 'DELETE',
    url: '/trash',
    operation: 'empty_trash',
    summary: 'Deletes a version for ever; without a name, all that was deleted',
    caller: 'folder',
    role: 'manager',
    problems: [...PROBLEMS, 'invalid_name', 'no_such_file'],
    query: exactly({ name: Type.Optional(Name), version: Type.Optional(Version) }),
    answers: { 204: Type.Null({ description: 'It is gone, or was not there.' }) },
    async handler({ deps, request, folder, query, audit }) {
      const { mover, objects } = deps;
      const of = by(request, folder);
      const { name: rawName, version: versionId } = query;
      if ((rawName === undefined) !== (versionId === undefined)) {
        throw new GatewayError('bad_request', { detail: 'A name and a version belong together.' });
      }
      const name = rawName === undefined ? undefined : parseStoredName(rawName, folder.owner);
      requireTrash(deps);
      if (name === undefined || versionId === undefined) {
        // What is deleted from now on stays, however long this takes.
        const before = await objects.now(folderKey(folder.owner));
        await mover.emptyTrash(of, before);
        audit('trash_emptied');
      } else {
        await mover.ask('delete_version', { ...of, name, versionId });
        audit('version_deleted', { file: name });
      }
    },
  }),

  route({
    method: 'GET',
    url: '/files/versions',
    operation: 'list_versions',
    summary: 'The versions of a file that are kept, the newest first',
    caller: 'folder',
    role: 'viewer',
    problems: [...PROBLEMS, 'invalid_name', 'no_such_file'],
    query: Type.Object({ name: Name }),
    answers: { 200: Versions },
    async handler({ deps, request, folder, query }) {
      const name = parseStoredName(query.name, folder.owner);
      requireTrash(deps);
      const { versions } = await deps.mover.ask('versions', { ...by(request, folder), name });
      if (versions.length === 0) throw new GatewayError('no_such_file');
      return {
        versions: versions.map(({ versionId: version, size, etag, lastModified, isCurrent: current }) => ({
          ...{ version, size, etag, lastModified, current },
        })),
      };
    },
  }),

  // What it replaces is kept as a version.
  route({
    method: 'POST',
    url: '/files/versions/restore',
    operation: 'restore_version',
    summary: 'Makes a version of a file the current one again',
    ...BY_EDITOR,
    problems: [...PROBLEMS, 'invalid_name', 'no_such_file', 'file_exists', 'quota_exceeded'],
    body: NamedVersion,
    answers: { 200: File },
    async handler({ deps, request, folder, body, audit }) {
      const name = parseStoredName(body.name, folder.owner);
      requireTrash(deps);
      const wanted = { ...by(request, folder), name, versionId: body.version, replace: true };
      const file = await deps.mover.ask('restore', wanted);
      audit('version_restored', { file: file.name });
      return shownFile(deps, folder, file);
    },
  }),
];

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Until when the bucket keeps what was deleted: the first midnight UTC after the days (Amazon S3 User Guide, "Lifecycle
 * configuration elements"). S3 may delete it later.
 */
export function goesAt(deletedAt: Date, keepDays: number): Date {
  return new Date((Math.floor(deletedAt.getTime() / DAY_MS) + keepDays + 1) * DAY_MS);
}
