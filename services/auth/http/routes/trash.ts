import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { filePath, folderKey, parseStoredName } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { typeByExtension } from '@cloudfront-cookie-gateway/core/type-by-extension';
import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { CopiedFile } from '../../domain/mover.ts';
import { goesAt } from '../../domain/trash.ts';
import { audit, whoIn } from '../audit.ts';
import { rawTokenOf } from '../bearer.ts';
import type { Deps, Scope } from '../context.ts';
import { inFolder } from '../guards.ts';
import { FailedFiles, File, Instant, Name } from '../schemas.ts';
import { MANY_BYTES } from './delete-files.ts';

const Version = Type.String({ minLength: 1, maxLength: 1_024 });
const NamedVersion = Type.Object({ name: Name, version: Version }, { additionalProperties: false });

type TrashDeps = Pick<Deps, 'config' | 'mover' | 'objects'>;

const PROBLEMS: ErrorCode[] = ['no_trash', 'files_unavailable'];

/** Who asks the mover, and about which folder. */
function asked(request: FastifyRequest) {
  const folder = inFolder(request);
  return { folder, of: { owner: folder.owner, token: rawTokenOf(request) ?? '' } };
}

/** @throws GatewayError no_trash where nothing is kept */
function requireTrash({ config }: Pick<Deps, 'config'>): void {
  if (config.keepDeletedDays === 0) throw new GatewayError('no_trash');
}

function shownFile({ config }: Pick<Deps, 'config'>, owner: Owner, { name, size, etag }: CopiedFile) {
  const url = `${config.origins.files}${filePath(owner, name)}?v=${etag}`;
  return { name, size, type: typeByExtension(name), etag, url };
}

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

/** `GET …/trash`: what was deleted and can be restored. A page may be empty although others follow. */
export function listTrashRoute(app: Scope, deps: TrashDeps): void {
  const { config, mover } = deps;
  app.get(
    '/trash',
    {
      schema: {
        querystring: Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 2_048 })) }),
        response: { 200: TrashPage },
      },
      config: {
        operation: 'list_trash',
        role: 'viewer',
        summary: 'The files that were deleted and are kept',
        problems: PROBLEMS,
      },
    },
    async (request) => {
      requireTrash(deps);
      const { files, cursor } = await mover.trash({ ...asked(request).of, cursor: request.query.cursor });
      return {
        files: files
          .filter(({ isReplaced }) => !isReplaced)
          .map(({ name, versionId, size, deletedAt }) => ({
            ...{ name, version: versionId, size, deletedAt: deletedAt.toISOString() },
            goesAt: goesAt(deletedAt, config.keepDeletedDays).toISOString(),
          })),
        ...(cursor === undefined ? {} : { cursor }),
      };
    },
  );
}

const ManyRestored = Type.Object({
  restored: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
  failed: FailedFiles,
});

/** `POST …/trash/restore`: one file, or up to 1,000. A file that has the name meanwhile stays. */
export function restoreRoute(app: Scope, deps: TrashDeps): void {
  const { mover } = deps;
  const Many = Type.Object(
    { files: Type.Array(NamedVersion, { minItems: 1, maxItems: 1_000 }) },
    { additionalProperties: false },
  );
  app.post(
    '/trash/restore',
    {
      bodyLimit: MANY_BYTES,
      schema: {
        body: Type.Union([NamedVersion, Many]),
        response: { 200: Type.Union([File, ManyRestored]) },
      },
      config: {
        operation: 'restore_files',
        role: 'editor',
        summary: 'Restores files from the trash',
        problems: [...PROBLEMS, 'invalid_name', 'no_such_file', 'file_exists', 'quota_exceeded'],
      },
    },
    async (request) => {
      const { folder, of } = asked(request);
      const { body } = request;
      const note = (file: string) => audit(request.log, 'file_restored', { ...whoIn(folder), file });
      if ('files' in body) {
        requireTrash(deps);
        const files = body.files.map(({ name, version }) => ({ name, versionId: version }));
        const { restored, failed } = await mover.restoreMany({ ...of, files });
        for (const { name } of restored) note(name);
        return {
          restored: restored.map(({ name, versionId: version }) => ({ name, version })),
          failed: failed.map(({ name, code }) => ({ name, code })),
        };
      }
      const name = parseStoredName(body.name, folder.owner);
      requireTrash(deps);
      const file = await mover.restore({ ...of, name, versionId: body.version });
      note(file.name);
      return shownFile(deps, folder.owner, file);
    },
  );
}

/** `DELETE …/trash?name=&version=`: one version for ever. Without both, all that was deleted. */
export function emptyTrashRoute(app: Scope, deps: TrashDeps): void {
  const { mover, objects } = deps;
  app.delete(
    '/trash',
    {
      schema: {
        querystring: Type.Object(
          { name: Type.Optional(Name), version: Type.Optional(Version) },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null({ description: 'It is gone, or was not there.' }) },
      },
      config: {
        operation: 'empty_trash',
        role: 'manager',
        summary: 'Deletes a version for ever; without a name, all that was deleted',
        problems: [...PROBLEMS, 'invalid_name', 'no_such_file'],
      },
    },
    async (request, reply) => {
      const { folder, of } = asked(request);
      const { name: rawName, version: versionId } = request.query;
      if ((rawName === undefined) !== (versionId === undefined)) {
        throw new GatewayError('bad_request', { detail: 'A name and a version belong together.' });
      }
      const name = rawName === undefined ? undefined : parseStoredName(rawName, folder.owner);
      requireTrash(deps);
      if (name === undefined || versionId === undefined) {
        // What is deleted from now on stays, however long this takes.
        const before = await objects.now(folderKey(folder.owner));
        await mover.emptyTrash({ ...of, before });
        audit(request.log, 'trash_emptied', whoIn(folder));
      } else {
        await mover.deleteVersion({ ...of, name, versionId });
        audit(request.log, 'version_deleted', { ...whoIn(folder), file: name });
      }
      return reply.code(204).send(null);
    },
  );
}

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

/** `GET …/files/versions?name=`: what a name has and had, the newest first. */
export function listVersionsRoute(app: Scope, deps: TrashDeps): void {
  app.get(
    '/files/versions',
    {
      schema: { querystring: Type.Object({ name: Name }), response: { 200: Versions } },
      config: {
        operation: 'list_versions',
        role: 'viewer',
        summary: 'The versions of a file that are kept, the newest first',
        problems: [...PROBLEMS, 'invalid_name', 'no_such_file'],
      },
    },
    async (request) => {
      const { folder, of } = asked(request);
      const name = parseStoredName(request.query.name, folder.owner);
      requireTrash(deps);
      const versions = await deps.mover.versions({ ...of, name });
      if (versions.length === 0) throw new GatewayError('no_such_file');
      return {
        versions: versions.map(({ versionId: version, size, etag, lastModified, isCurrent: current }) => ({
          ...{ version, size, etag, lastModified: lastModified.toISOString(), current },
        })),
      };
    },
  );
}

/** `POST …/files/versions/restore`: makes a version the current one again. What it replaces is kept as a version. */
export function restoreVersionRoute(app: Scope, deps: TrashDeps): void {
  app.post(
    '/files/versions/restore',
    {
      schema: { body: NamedVersion, response: { 200: File } },
      config: {
        operation: 'restore_version',
        role: 'editor',
        summary: 'Makes a version of a file the current one again',
        problems: [...PROBLEMS, 'invalid_name', 'no_such_file', 'file_exists', 'quota_exceeded'],
      },
    },
    async (request) => {
      const { folder, of } = asked(request);
      const { name: rawName, version: versionId } = request.body;
      const name = parseStoredName(rawName, folder.owner);
      requireTrash(deps);
      const file = await deps.mover.restore({ ...of, name, versionId, replace: true });
      audit(request.log, 'version_restored', { ...whoIn(folder), file: file.name });
      return shownFile(deps, folder.owner, file);
    },
  );
}
