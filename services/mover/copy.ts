import { createHash } from 'node:crypto';
import type { Details } from '@cloudfront-cookie-gateway/auth/details/details';
import type { EdgeTeller } from '@cloudfront-cookie-gateway/auth/edge/teller';
import { storedName } from '@cloudfront-cookie-gateway/auth/files/listing';
import { dropThumbnail } from '@cloudfront-cookie-gateway/auth/files/thumbnails';
import type { Usage } from '@cloudfront-cookie-gateway/auth/files/usage';
import type { CopyRequest, MoverAnswer } from '@cloudfront-cookie-gateway/auth/moves/mover';
import type { CurrentSession } from '@cloudfront-cookie-gateway/auth/sessions/session-deps';
import { createShares } from '@cloudfront-cookie-gateway/auth/shares/shares';
import type { Stores } from '@cloudfront-cookie-gateway/auth/table/stores';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  type FileName,
  folderKey,
  objectKey,
  parseFileName,
  type StoredName,
  thumbnailKey,
} from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type AuthorizeDeps, authorize } from './authorize.ts';
import { removeSource } from './remove-source.ts';
import type { FoundFile, Made, VersionStore } from './version-store.ts';

export interface CopyDeps extends AuthorizeDeps {
  store: VersionStore;
  usage: Pick<Usage, 'take'>;
  teller: Pick<EdgeTeller, 'tell' | 'tellTeam'>;
  moves: Pick<Stores['moves'], 'read' | 'finish'>;
  details: Pick<Details, 'copied' | 'gone' | 'goneForEver' | 'moved' | 'movedAway' | 'restored'>;
}

/** A copy that its session may make, of a file that is there. */
interface Transfer {
  from: Owner;
  to: Owner;
  sourceName: StoredName;
  name: FileName;
  file: FoundFile;
  key: string;
  replace: boolean;
  id: string | undefined;
  userId: UserId;
  /** Checks again that the session may do it. */
  check: () => Promise<CurrentSession>;
}

/**
 * Copies a file with its thumbnail, inside S3. If the answer was lost, the same request finds its copy. Who copies must be a viewer of the one folder and an editor of the other.
 * @throws GatewayError of `authorize`; invalid_name, no_such_file, file_exists, quota_exceeded, files_unavailable
 */
export async function copyFile(deps: CopyDeps, request: CopyRequest): Promise<MoverAnswer<'copy'>> {
  const transfer = await begin(deps, request, 'viewer');
  const { name, file } = transfer;
  const made = await placeCopy(deps, transfer, 'copy');
  await copyThumbnail(deps.store, transfer);
  await copyDetails(deps, transfer, made);
  return { name, size: file.size, etag: made.etag };
}

/**
 * Moves a file. The old name is removed once the copy is there, and its shares end. Inside one folder, the copy is the
 * file, so nothing of the old one is kept. In another folder, the old file goes into the trash, because only that folder's
 * managers may delete permanently. A failure in between leaves both files. A second try then replaces the copy, which it
 * knows by its mark. Of several moves of one file at the same time, one succeeds. If the bucket keeps versions, each of
 * the others deletes its own copy again, and no other.
 * @throws GatewayError as `copyFile`
 */
export async function moveFile(deps: CopyDeps, request: CopyRequest): Promise<MoverAnswer<'move'>> {
  const { store } = deps;
  const transfer = await begin(deps, request, 'editor');
  const { from, sourceName, name, file } = transfer;
  const made = await placeCopy(deps, transfer, 'move');
  const thumbnail = await copyThumbnail(store, transfer);
  await copyDetails(deps, transfer, made);

  // The copy may have taken long. Whoever has lost the session or the role since deletes nothing.
  const folder = { ...(await transfer.check()), owner: from };
  const shares = createShares(deps);
  const open = (await shares.open(folder)).filter((share) => share.name === sourceName);
  const edge = await shares.revokeOf(folder, sourceName, () => removeOld(deps, transfer, made, thumbnail));
  return { name, size: file.size, etag: made.etag, sharesEnded: open.length, edge };
}

/** @throws GatewayError no_such_file if the old name has no file any more, and then the copy is deleted again */
async function removeOld(
  { store, details }: CopyDeps,
  { from, to, sourceName, file, key }: Transfer,
  made: Made,
  thumbnail: Awaited<ReturnType<typeof copyThumbnail>>,
): Promise<void> {
  const how = { isVersioned: made.versionId !== undefined, isPermanent: folderKey(from) === folderKey(to) };
  const removed = await removeSource(store, file, how);
  if (removed === 'missing') {
    const copies = [{ key, ...made }, ...(thumbnail?.made ? [thumbnail.made] : [])];
    const own = copies.flatMap(({ key, versionId }) => (versionId === undefined ? [] : { key, versionId }));
    if (own.length > 0) await store.deleteVersions(own);
    throw new GatewayError('no_such_file');
  }
  if (removed === 'replaced') return;
  // Not before: a move that fails leaves the old file with its thumbnail.
  if (thumbnail) await removeSource(store, thumbnail.from, how);
  const old = { owner: from, name: sourceName };
  // What this very file had replaced by a move would have no name and no place in the trash, so it stays in the trash.
  const isShown = removed === 'removed' || file.madeFrom !== undefined;
  await (isShown ? details.gone([old]) : details.moved(old, removed.markerId));
}

/** Nothing is asked of S3 before the session, both roles and both names have passed. */
async function begin(
  deps: CopyDeps,
  { token, from, to, replace = false, id }: CopyRequest,
  role: 'viewer' | 'editor',
): Promise<Transfer> {
  const needs = [
    { owner: from.owner, role },
    { owner: to.owner, role: 'editor' },
  ] as const;
  const check = () => authorize(deps, token, needs);
  const { userId } = await check();
  const name = parseFileName(to.name, to.owner);
  const sourceName = await storedName(deps.store, from.owner, from.name);
  const [source, key] = [objectKey(from.owner, sourceName), objectKey(to.owner, name)];
  const file = await deps.store.find(source);
  if (!file) throw new GatewayError('no_such_file');
  if (key === source) throw fileExists(file);
  return { from: from.owner, to: to.owner, sourceName, name, file, key, replace, id, userId, check };
}

/**
 * Names what is made of one version of one file. The copy that a move makes has another mark than a copy of which the
 * file is no part any more.
 */
function markOf(operation: 'copy' | 'move', { key, versionId = '', etag, lastModified }: FoundFile): string {
  const parts = [operation, key, versionId, etag, lastModified.toISOString()];
  return createHash('sha256').update(parts.join('\0')).digest('base64url');
}

/**
 * A copy that an earlier try has made is the answer of the next try. If it was a try of a move, this makes another copy
 * over it: the earlier try may still be under way, and may take its own copy back.
 */
async function placeCopy(
  { store, usage }: CopyDeps,
  transfer: Transfer,
  operation: 'copy' | 'move',
): Promise<Made> {
  const { from, to, file, key, replace, id: madeBy, check } = transfer;
  const isCopy = operation === 'copy';
  const madeFrom = markOf(operation, file);
  const copy = { from: file, key, madeFrom, ...defined({ madeBy }), beforeVisible: check };
  // A large copy that cannot be placed is not even begun.
  const before = replace ? undefined : await store.find(key);
  if (isCopy && before?.madeFrom === madeFrom) return before;
  if (isCopy || folderKey(from) !== folderKey(to)) await usage.take(to, key, file.size);
  if (replace) await dropThumbnail(store, to, key);
  const made = before ? undefined : await store.copy({ ...copy, replace });
  if (made) return made;
  const present = before ?? (await store.find(key));
  if (!present || replace) throw fileExists(undefined);
  const isOwn = present.madeFrom === madeFrom;
  if (isOwn && isCopy) return present;
  const again = isOwn ? await store.copy({ ...copy, replace: { etag: present.etag } }) : undefined;
  if (!again) throw fileExists(present);
  return again;
}

/**
 * The error of a name that is taken. It says by what, so that a person can choose.
 * @param present undefined if that file has gone meanwhile, or it was the source that has changed
 */
export function fileExists(present: FoundFile | undefined): GatewayError {
  if (!present) return new GatewayError('files_unavailable');
  const { size, lastModified } = present;
  return new GatewayError('file_exists', { members: { size, lastModified: lastModified.toISOString() } });
}

/** After its file: a list shows no thumbnail that is older than its file. */
async function copyThumbnail(store: VersionStore, { from, to, file, key }: Transfer) {
  const [source, target] = [thumbnailKey(from, file.key), thumbnailKey(to, key)];
  const thumbnail = source === undefined ? undefined : await store.find(source);
  if (!thumbnail) return undefined;
  const isFresh = target !== undefined && thumbnail.lastModified >= file.lastModified;
  return { from: thumbnail, made: isFresh ? await copyOver(store, thumbnail, target) : undefined };
}

async function copyDetails({ details }: CopyDeps, transfer: Transfer, { etag }: Made): Promise<void> {
  const { from, to, sourceName, name, file, userId: by } = transfer;
  const { size } = file;
  await details.copied({ owner: from, name: sourceName, file }, { owner: to, name, size, etag, by });
}

/** Copies a thumbnail over any other. One that has gone meanwhile is not missed. */
export async function copyOver(store: VersionStore, thumbnail: FoundFile, key: string) {
  try {
    const made = await store.copy({ from: thumbnail, key, replace: true });
    return made && { key, ...made };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'no_such_file') throw error;
    return undefined;
  }
}
