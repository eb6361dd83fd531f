import { historyOf } from './history.ts';
import type { FoundFile, VersionStore } from './version-store.ts';

/**
 * How a version was removed. `missing`: its name has no file any more. `replaced`: another file has taken the name, and
 * stays. An object has the id of the delete marker that had to stay, because earlier versions are left under it.
 */
export type Removed = 'missing' | 'replaced' | 'removed' | { markerId: string };

/**
 * Removes the version that a move has copied. An ETag identifies a content and not a version, so S3's `If-Match` may hide
 * another file of the same content. The history of the name then shows it, and the delete marker is taken back by its id.
 * @param how.isVersioned whether the bucket keeps versions. Without them (suspended counts as without), the file is read
 *   directly before it is deleted, and a file that takes the name in between is lost
 * @param how.isPermanent whether nothing is kept of the version. Otherwise it is in the trash
 * @throws GatewayError files_unavailable
 */
export async function removeSource(
  store: VersionStore,
  file: FoundFile,
  { isVersioned, isPermanent }: { isVersioned: boolean; isPermanent: boolean },
): Promise<Removed> {
  const present = isVersioned ? undefined : await store.find(file.key);
  if (present && !isSame(present, file)) return 'replaced';
  const deleted = await store.deleteIfSame(file.key, file.etag);
  if (typeof deleted === 'string') return deleted;
  // If the first answer was lost, nobody knows whose marker hides the file, so nothing is deleted permanently.
  const history = isVersioned && deleted.markerId ? await historyOf(store, file.key) : [];
  const at = history.findIndex(({ versionId }) => versionId === deleted.markerId);
  const [marker, below, older] = at < 0 ? [] : history.slice(at, at + 3);
  // Without the marker, somebody has restored the file.
  if (!marker) return 'removed';
  const copied = below?.versionId === file.versionId ? below : undefined;
  if (below?.file && !copied) {
    await store.deleteVersions([marker]);
    return 'replaced';
  }
  if (!isPermanent) return 'removed';
  if (copied) await store.deleteVersions([copied]);
  const left = copied ? older : below;
  if (left?.file) return { markerId: marker.versionId };
  // Only now: without its marker, the version would be the file of this name again.
  await store.deleteVersions([marker]);
  return 'removed';
}

function isSame(one: FoundFile, other: FoundFile): boolean {
  const isOfOneTime = one.lastModified.getTime() === other.lastModified.getTime();
  return one.etag === other.etag && isOfOneTime && one.madeFrom === other.madeFrom;
}
