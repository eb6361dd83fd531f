import { MAX_KEYS } from '@cloudfront-cookie-gateway/auth/domain/file-ports';
import type {
  CopiedFile,
  FileVersion,
  FolderRequest,
  Mover,
  NamedVersion,
  TrashedFile,
} from '@cloudfront-cookie-gateway/auth/domain/mover';
import { dropThumbnail } from '@cloudfront-cookie-gateway/auth/files/thumbnails';
import { isFile, type UsedSpace } from '@cloudfront-cookie-gateway/auth/files/usage';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  folderKey,
  nameOfKey,
  objectKey,
  parseStoredName,
  THUMBNAILS,
  THUMBNAILS_END,
  thumbnailKey,
} from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { authorize } from './authorize.ts';
import { type CopyDeps, copyOver, fileExists } from './copy.ts';
import type { ListPlace, Version, VersionStore } from './version-store.ts';

/** How long many files may be restored, in milliseconds. The service waits for the answer. */
const RESTORING_MS = 8_000;
const AT_ONCE = 32;
/** A list reads at most so many pages of versions before it answers. */
const MAX_PAGES = 10;

type TrashDeps = Omit<CopyDeps, 'teller' | 'moves'>;

/** A version of somebody's file. */
type VersionRequest = FolderRequest & NamedVersion;

/**
 * A page of what was deleted or replaced in a folder and is kept, in S3's order, the newest of each name first. A page
 * may be empty although others follow.
 * @throws GatewayError of `authorize`; files_unavailable
 */
export async function listTrash(
  deps: TrashDeps,
  { token, owner, cursor }: FolderRequest & { cursor?: string | undefined },
): Promise<{ files: TrashedFile[]; cursor?: string }> {
  await authorize(deps, token, [{ owner, role: 'viewer' }]);
  const prefix = folderKey(owner);
  // A cursor is a name. It cannot lead out of the folder, since the prefix of the list stays.
  let after = cursor === undefined ? undefined : prefix + Buffer.from(cursor, 'base64url').toString();
  for (let pages = 1; ; pages++) {
    const page = await readWholeKeys(deps.store, prefix, after);
    const files = trashedOf(page.versions, owner);
    after = page.last;
    if (after === undefined) return { files };
    // There may be many thumbnails, and the trash does not show them.
    if (after.startsWith(prefix + THUMBNAILS)) after = prefix + THUMBNAILS_END;
    const name = after.slice(prefix.length);
    if (files.length > 0 || pages === MAX_PAGES) {
      return { files, cursor: Buffer.from(name).toString('base64url') };
    }
  }
}

/** A page that ends with the last version of a key, so each version comes together with what replaced it. */
async function readWholeKeys(
  store: VersionStore,
  prefix: string,
  after: string | undefined,
): Promise<{ versions: Version[]; last?: string }> {
  const page = await store.listVersions(prefix, after === undefined ? undefined : { key: after });
  const { next } = page;
  if (!next) return { versions: page.versions };
  const versions = page.versions.filter(({ key }) => key !== next.key);
  const last = versions.at(-1)?.key;
  return last === undefined
    ? { versions: await historyOf(store, next.key), last: next.key }
    : { versions, last };
}

function trashedOf(versions: readonly Version[], owner: Owner): TrashedFile[] {
  return versions.flatMap(({ key, versionId, file }, index) => {
    const name = nameOfKey(key, owner);
    const newer = versions[index - 1];
    if (name === undefined || !file || newer?.key !== key) return [];
    return [
      {
        ...{ name, versionId, size: file.size, deletedAt: newer.lastModified },
        isReplaced: newer.file !== undefined,
      },
    ];
  });
}

/**
 * The versions of a name, the newest first.
 * @throws GatewayError of `authorize`; invalid_name, files_unavailable
 */
export async function listVersionsOf(
  deps: TrashDeps,
  { token, owner, name }: FolderRequest & { name: string },
): Promise<{ versions: FileVersion[] }> {
  await authorize(deps, token, [{ owner, role: 'viewer' }]);
  const history = await historyOf(deps.store, objectKey(owner, parseStoredName(name, owner)));
  return {
    versions: history.flatMap(({ versionId, lastModified, isLatest, file }) =>
      file ? [{ versionId, ...file, lastModified, isCurrent: isLatest }] : [],
    ),
  };
}

/**
 * Makes a version of a file the current one again, by a copy onto itself, with its thumbnail.
 * @param request.replace the version may take the place of a file that has the name
 * @throws GatewayError of `authorize`; invalid_name, no_such_file, file_exists, quota_exceeded, files_unavailable
 */
export async function restoreVersion(
  deps: TrashDeps,
  request: VersionRequest & { replace?: boolean | undefined },
): Promise<CopiedFile> {
  const check = () => authorize(deps, request.token, [{ owner: request.owner, role: 'editor' }]);
  await check();
  return restore(deps, request, check);
}

/**
 * Restores several versions, each as `restoreVersion` does. A file that is in the way stays.
 * @throws GatewayError of `authorize`
 */
export async function restoreVersions(
  deps: TrashDeps,
  { token, owner, files }: FolderRequest & { files: NamedVersion[] },
): ReturnType<Mover['restoreMany']> {
  const check = () => authorize(deps, token, [{ owner, role: 'editor' }]);
  await check();
  const untilMs = deps.clock.monotonicMs() + RESTORING_MS;
  const restored: NamedVersion[] = [];
  const failed: (NamedVersion & { code: ErrorCode })[] = [];
  const left = [...files].reverse();
  const restoring = Array.from({ length: AT_ONCE }, async () => {
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      try {
        if (deps.clock.monotonicMs() > untilMs) throw new GatewayError('timed_out');
        await restore(deps, { owner, ...file }, check);
        restored.push(file);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        failed.push({ ...file, code: error.code });
      }
    }
  });
  await Promise.all(restoring);
  return { restored, failed };
}

async function restore(
  deps: TrashDeps,
  request: Omit<VersionRequest, 'token'> & { replace?: boolean | undefined },
  check: () => Promise<unknown>,
): Promise<CopiedFile> {
  const { owner, versionId, replace = false } = request;
  const { store } = deps;
  const name = parseStoredName(request.name, owner);
  const key = objectKey(owner, name);
  const kept = keptOf(await historyOf(store, key), versionId);
  const current = await store.find(key);
  if (current && !replace) throw fileExists(current);
  const file = kept && (await store.find(key, kept.version.versionId));
  if (!file) throw new GatewayError('no_such_file');
  if (file.versionId === current?.versionId) return { name, size: file.size, etag: file.etag };
  const [thumbnail] = await thumbnailsOf(store, owner, kept);
  const picture = thumbnail && (await store.find(thumbnail.key, thumbnail.versionId));
  // What comes back from the trash was counted there.
  if (kept.markers.length === 0) await deps.usage.take(owner, key, file.size);
  if (replace) await dropThumbnail(store, owner, key);
  const made = await store.copy({ from: file, key, replace, beforeVisible: check });
  if (!made) throw fileExists(await store.find(key));
  if (picture) await copyOver(store, picture, picture.key);
  // It has left the trash. What it had replaced is among the versions of the name again.
  if (kept.markers.length > 0) await store.deleteVersions([kept.version, ...kept.markers]);
  await deps.details.restored({ owner, name });
  return { name, size: file.size, etag: made.etag };
}

/**
 * Deletes a version for ever, with its thumbnail. What was deleted goes with all that it had replaced, which would be in
 * the trash after it. One that is not there is deleted already.
 * @throws GatewayError of `authorize`; invalid_name; no_such_file for the current version, which is not in the trash;
 *   files_unavailable
 */
export async function deleteVersion(
  deps: TrashDeps,
  { token, owner, name, versionId }: VersionRequest,
): Promise<void> {
  await authorize(deps, token, [{ owner, role: 'manager' }]);
  const named = { owner, name: parseStoredName(name, owner) };
  const key = objectKey(owner, named.name);
  const kept = keptOf(await historyOf(deps.store, key), versionId);
  if (!kept) return;
  if (kept.version.isLatest) throw new GatewayError('no_such_file');
  const thumbnails = await thumbnailsOf(deps.store, owner, kept);
  const earlier = kept.markers.length > 0 ? kept.earlier : [];
  await deleteAll(deps.store, [kept.version, ...earlier, ...thumbnails]);
  await deps.details.goneForEver(named);
}

/**
 * Deletes for ever what was deleted, with every version before it. What was replaced in a file that is there stays. So do
 * the delete markers: without its marker, a file whose deletion failed would be back. The bucket's rules drop them.
 * @param untilMs no page is begun after this time, by the monotonic clock
 * @returns whether all is done
 * @throws GatewayError of `authorize`; files_unavailable
 */
export async function emptyTrash(
  deps: TrashDeps,
  { token, owner }: FolderRequest,
  untilMs: number,
): Promise<boolean> {
  await authorize(deps, token, [{ owner, role: 'manager' }]);
  const prefix = folderKey(owner);
  let after: ListPlace | undefined;
  /** The key of which a delete marker was seen, so all that follows of it was deleted. */
  let hidden: string | undefined;
  do {
    if (deps.clock.monotonicMs() > untilMs) return false;
    const { versions, next } = await deps.store.listVersions(prefix, after);
    const deleted: Version[] = [];
    for (const version of versions) {
      if (!version.file) hidden = version.key;
      else if (version.key === hidden) deleted.push(version);
    }
    if (deleted.length > 0) await deps.store.deleteVersions(deleted);
    await forgetDetails(deps, owner, deleted);
    after = next;
  } while (after);
  return true;
}

/** A thumbnail has none. */
async function forgetDetails(
  { details }: TrashDeps,
  owner: Owner,
  deleted: readonly Version[],
): Promise<void> {
  const left = [...new Set(deleted.flatMap(({ key }) => nameOfKey(key, owner) ?? []))];
  const forgetting = Array.from({ length: AT_ONCE }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      await details.goneForEver({ owner, name: parseStoredName(name, owner) });
    }
  });
  await Promise.all(forgetting);
}

/** What a folder holds, with what was deleted or replaced and is kept. */
export async function countVersions(store: VersionStore, owner: Owner): Promise<UsedSpace> {
  const prefix = folderKey(owner);
  const used = { bytes: 0, keptBytes: 0, files: 0 };
  let after: ListPlace | undefined;
  do {
    const { versions, next } = await store.listVersions(prefix, after);
    for (const { key, isLatest, file } of versions) {
      if (!file) continue;
      used.bytes += file.size;
      if (!isLatest) used.keptBytes += file.size;
      else if (isFile(key, prefix)) used.files++;
    }
    after = next;
  } while (after);
  return used;
}

async function deleteAll(store: VersionStore, versions: readonly Version[]): Promise<void> {
  for (let at = 0; at < versions.length; at += MAX_KEYS) {
    await store.deleteVersions(versions.slice(at, at + MAX_KEYS));
  }
}

/** A version of a file, and when it was replaced or deleted. */
interface Kept {
  version: Version;
  until: Date | undefined;
  /** The delete markers right above it. None for a version that was replaced. */
  markers: Version[];
  /** What it had replaced: the versions before it, up to an earlier deletion. */
  earlier: Version[];
}

function keptOf(history: readonly Version[], versionId: string): Kept | undefined {
  const named = history.findIndex((version) => version.versionId === versionId);
  const at = history.findIndex(({ file }, index) => named >= 0 && index >= named && file !== undefined);
  const version = history[at];
  if (!version) return undefined;
  const above = history.slice(0, at);
  const older = history.slice(at + 1);
  const earlier = older.findIndex(({ file }) => !file);
  return {
    version,
    until: above.at(-1)?.lastModified,
    markers: above.slice(above.findLastIndex(({ file }) => file !== undefined) + 1),
    earlier: earlier < 0 ? older : older.slice(0, earlier),
  };
}

/** All versions of one key, the newest first. The key comes first among the keys that begin with it. */
async function historyOf(store: VersionStore, key: string): Promise<Version[]> {
  const history: Version[] = [];
  let after: ListPlace | undefined;
  do {
    const { versions, next } = await store.listVersions(key, after);
    history.push(...versions.filter((version) => version.key === key));
    after = next?.key === key ? next : undefined;
  } while (after);
  return history;
}

/** The thumbnails that a version had while it was current, the newest first. */
async function thumbnailsOf(store: VersionStore, owner: Owner, { version, until }: Kept): Promise<Version[]> {
  const key = thumbnailKey(owner, version.key);
  const history = key === undefined ? [] : await historyOf(store, key);
  return history.filter(
    ({ file, lastModified }) =>
      file && lastModified >= version.lastModified && !(until && lastModified > until),
  );
}
