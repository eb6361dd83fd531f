import { MAX_KEYS } from '@cloudfront-cookie-gateway/auth/files/file';
import { dropThumbnail } from '@cloudfront-cookie-gateway/auth/files/thumbnails';
import { isFile, type UsedSpace } from '@cloudfront-cookie-gateway/auth/files/usage';
import type { MoverAnswer } from '@cloudfront-cookie-gateway/auth/moves/mover';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  folderKey,
  nameOfKey,
  objectKey,
  parseStoredName,
  THUMBNAILS,
  THUMBNAILS_END,
} from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { atOnce } from './at-once.ts';
import { authorize, authorizeRole } from './authorize.ts';
import { type CopyDeps, copyOver, fileExists } from './copy.ts';
import { historyOf, keptOf, namedHistory, thumbnailsOf } from './history.ts';
import type { ListPlace, Version, VersionStore } from './version-store.ts';

/** How long many files may be restored, in milliseconds. The service waits for the answer. */
const RESTORING_MS = 8_000;
const AT_ONCE = 32;
/** A list reads at most so many pages of versions before it answers. */
const MAX_PAGES = 10;

type TrashDeps = Omit<CopyDeps, 'teller' | 'moves'>;

/** Who asks, and about whose folder. */
interface FolderRequest {
  token: string;
  owner: Owner;
}

type NamedVersion = MoverAnswer<'restore_many'>['restored'][number];
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
): Promise<MoverAnswer<'trash'>> {
  await authorize(deps, token, [{ owner, role: 'viewer' }]);
  const prefix = folderKey(owner);
  // A cursor is a name. It cannot lead out of the folder, since the prefix of the list stays.
  let after = cursor === undefined ? undefined : prefix + Buffer.from(cursor, 'base64url').toString();
  for (let pages = 1; ; pages++) {
    const page = await readWholeKeys(deps.store, prefix, after);
    const files = await trashedOf(deps, page.versions, owner);
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

async function trashedOf(
  { details }: TrashDeps,
  versions: readonly Version[],
  owner: Owner,
): Promise<MoverAnswer<'trash'>['files']> {
  const files = versions.flatMap(({ key, versionId, file }, index) => {
    const name = nameOfKey(key, owner);
    const newer = versions[index - 1];
    if (name === undefined || !file || newer?.key !== key) return [];
    return [
      {
        ...{ name, versionId, size: file.size, deletedAt: newer.lastModified.toISOString() },
        ...{ isReplaced: newer.file !== undefined, newerId: newer.versionId },
      },
    ];
  });
  // Earlier versions of a file that was moved away are under a marker too, and nobody has deleted them.
  const deleted = files.filter(({ isReplaced }) => !isReplaced);
  const moved = await details.movedAway(
    owner,
    deleted.map(({ name }) => name),
  );
  return files.flatMap(({ newerId, ...file }) => (moved.has(newerId) ? [] : [file]));
}

/**
 * The versions of a name, the newest first.
 * @throws GatewayError of `authorize`; invalid_name, files_unavailable
 */
export async function listVersionsOf(
  deps: TrashDeps,
  { token, owner, name }: FolderRequest & { name: string },
): Promise<MoverAnswer<'versions'>> {
  await authorize(deps, token, [{ owner, role: 'viewer' }]);
  const { history } = await namedHistory(deps.store, owner, name);
  return {
    versions: history.flatMap(({ versionId, lastModified, isLatest, file }) =>
      file ? [{ versionId, ...file, lastModified: lastModified.toISOString(), isCurrent: isLatest }] : [],
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
): Promise<MoverAnswer<'copy'>> {
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
): Promise<MoverAnswer<'restore_many'>> {
  const check = () => authorize(deps, token, [{ owner, role: 'editor' }]);
  await check();
  const untilMs = deps.clock.monotonicMs() + RESTORING_MS;
  const outcome: MoverAnswer<'restore_many'> = { restored: [], failed: [] };
  await atOnce(AT_ONCE, files, async (file) => {
    try {
      if (deps.clock.monotonicMs() > untilMs) throw new GatewayError('timed_out');
      await restore(deps, { owner, ...file }, check);
      outcome.restored.push(file);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      outcome.failed.push({ ...file, code: error.code });
    }
  });
  return outcome;
}

async function restore(
  deps: TrashDeps,
  request: Omit<VersionRequest, 'token'> & { replace?: boolean | undefined },
  check: () => Promise<unknown>,
): Promise<MoverAnswer<'copy'>> {
  const { owner, versionId, replace = false } = request;
  const { store } = deps;
  const { name, history } = await namedHistory(store, owner, request.name);
  const key = objectKey(owner, name);
  const kept = keptOf(history, versionId);
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
  await deps.details.restored({ owner, name, file }, made.etag);
  return { name, size: file.size, etag: made.etag };
}

/**
 * Deletes a version permanently, with its thumbnail. What was deleted goes with all that it had replaced, which would be
 * in the trash after it, and their thumbnails. One that is not there is deleted already.
 * @throws GatewayError of `authorize`; invalid_name; no_such_file for the current version, which is not in the trash;
 *   files_unavailable
 */
export async function deleteVersion(
  deps: TrashDeps,
  { token, owner, name: rawName, versionId }: VersionRequest,
): Promise<void> {
  await authorize(deps, token, [{ owner, role: 'manager' }]);
  const { name, history } = await namedHistory(deps.store, owner, rawName);
  const kept = keptOf(history, versionId);
  if (!kept) return;
  if (kept.version.isLatest) throw new GatewayError('no_such_file');
  const earlier = kept.markers.length > 0 ? kept.earlier : [];
  const since = { ...kept, version: earlier.at(-1) ?? kept.version };
  const thumbnails = await thumbnailsOf(deps.store, owner, since);
  const gone = [kept.version, ...earlier, ...thumbnails];
  await deleteAll(deps.store, gone);
  const isLeft = history.some((version) => version.file && !gone.includes(version));
  if (!isLeft) await deps.details.goneForEver({ owner, name });
}

/**
 * Permanently deletes what was deleted before a moment, with every version before it. What was replaced in a file that is
 * there stays. So do the delete markers: without its marker, a file whose deletion failed would be back. The bucket's
 * rules drop them. The role is checked again for each page, and the session is not: who signs out takes nothing back.
 * @param request.before by S3's clock. A version is deleted if the nearest marker above it is older
 * @param untilMs no page is begun after this time, by the monotonic clock
 * @returns whether all is done
 * @throws GatewayError of `authorize`; files_unavailable
 */
export async function emptyTrash(
  deps: TrashDeps,
  { token, owner, before }: FolderRequest & { before: Date },
  untilMs: number,
): Promise<boolean> {
  const need = { owner, role: 'manager' } as const;
  const { userId } = await authorize(deps, token, [need]);
  const prefix = folderKey(owner);
  let after: ListPlace | undefined;
  let name = newName('');
  do {
    if (deps.clock.monotonicMs() > untilMs) return false;
    if (after) await authorizeRole(deps, userId, need);
    const { versions, next } = await deps.store.listVersions(prefix, after);
    const deleted: Version[] = [];
    const names = [name];
    for (const version of versions) {
      const { key, file, lastModified } = version;
      if (key !== name.key) {
        name = newName(key);
        names.push(name);
      }
      if (!file) name.isHidden = lastModified < before;
      else if (name.isHidden) deleted.push(version);
      else name.isLeft = true;
      if (file && name.isHidden) name.isDeleted = true;
    }
    if (deleted.length > 0) await deps.store.deleteVersions(deleted);
    // The next page may have more of the last name.
    if (next) names.pop();
    await forgetDetails(
      deps,
      owner,
      names.flatMap(({ key, isDeleted, isLeft }) => (isDeleted && !isLeft ? key : [])),
    );
    after = next;
  } while (after);
  return true;
}

/** What is known of a name while its versions are read, the newest first. */
function newName(key: string) {
  return { key, isHidden: false, isDeleted: false, isLeft: false };
}

/** A thumbnail has none. */
async function forgetDetails({ details }: TrashDeps, owner: Owner, keys: readonly string[]): Promise<void> {
  const names = keys.flatMap((key) => nameOfKey(key, owner) ?? []);
  await atOnce(AT_ONCE, names, (name) => details.goneForEver({ owner, name: parseStoredName(name, owner) }));
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
