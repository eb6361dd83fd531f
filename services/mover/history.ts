import {
  objectKey,
  parseStoredName,
  type StoredName,
  thumbnailKey,
} from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { ListPlace, Version, VersionStore } from './version-store.ts';

/** A version of a file, and when it was replaced or deleted. */
export interface Kept {
  version: Version;
  until: Date | undefined;
  /** The delete markers right above it. None for a version that was replaced. */
  markers: Version[];
  /** What it had replaced: the versions before it, up to an earlier deletion. */
  earlier: Version[];
}

export function keptOf(history: readonly Version[], versionId: string): Kept | undefined {
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
export async function historyOf(store: VersionStore, key: string): Promise<Version[]> {
  const history: Version[] = [];
  let after: ListPlace | undefined;
  do {
    const { versions, next } = await store.listVersions(key, after);
    history.push(...versions.filter((version) => version.key === key));
    after = next?.key === key ? next : undefined;
  } while (after);
  return history;
}

/**
 * The name that a given one stands for, and its history. As in the service's `storedName`, that is the given name if
 * there are files of it, here also earlier ones; otherwise its NFC form, as uploads store it.
 * @throws GatewayError invalid_name
 */
export async function namedHistory(
  store: VersionStore,
  owner: Owner,
  rawName: string,
): Promise<{ name: StoredName; history: Version[] }> {
  const given = parseStoredName(rawName, owner);
  const history = await historyOf(store, objectKey(owner, given));
  const name = parseStoredName(given.normalize('NFC'), owner);
  if (name === given || history.some(({ file }) => file)) return { name: given, history };
  return { name, history: await historyOf(store, objectKey(owner, name)) };
}

/** The thumbnails from a version's beginning until a moment, the newest first: those that it had while it was current. */
export async function thumbnailsOf(
  store: VersionStore,
  owner: Owner,
  { version, until }: Pick<Kept, 'version' | 'until'>,
): Promise<Version[]> {
  const key = thumbnailKey(owner, version.key);
  const history = key === undefined ? [] : await historyOf(store, key);
  return history.filter(
    ({ file, lastModified }) =>
      file && lastModified >= version.lastModified && !(until && lastModified > until),
  );
}
