import { randomBytes } from 'node:crypto';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { folderKey, objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { ObjectStore } from '../files/bucket.ts';
import type { Uploader } from '../files/file.ts';
import { storedName } from '../files/listing.ts';
import type { Usage } from '../files/usage.ts';
import type { TimeLimits } from '../settings/time-limits.ts';
import type { Stores } from '../table/stores.ts';
import { type MoveEnd, type Mover, type MoverAnswer, moveState } from './mover.ts';

/** Who asks, in which folder, and with which session. */
export type Asker = Uploader & { token: string };

/** What to copy or move: names, and the folder of the new one. */
export interface Wanted {
  from: string;
  to: string;
  toOwner: Owner;
  /** The new file may take the place of another one. */
  replace?: boolean | undefined;
}

/** A file that was copied or moved, or the id of a move that goes on. */
export type Started =
  | { file: MoverAnswer<'copy'> & { sharesEnded: number; edge?: MoverAnswer<'move'>['edge'] } }
  | { id: string };

interface MovesDeps {
  mover: Mover;
  objects: Pick<ObjectStore, 'find'>;
  usage: Pick<Usage, 'take'>;
  records: Stores['moves'];
  nowEpoch: () => number;
  limits: Pick<TimeLimits, 'copyBytes'>;
}

export type Moves = ReturnType<typeof createMoves>;

/** Copies and moves of files. The roles in both folders are the caller's to check, and the mover checks them again. */
export function createMoves(deps: MovesDeps) {
  return {
    start: start.bind(undefined, deps),

    /**
     * How a copy or move in the background stands.
     * @throws GatewayError not_found if nobody began it, somebody else did, or from another folder; store_unavailable
     */
    async read(id: string, { owner, userId }: Uploader): Promise<MoveEnd | { state: 'moving' }> {
      const record = await deps.records.read(id);
      const isOwn = record?.userId === userId && folderKey(record.from) === folderKey(owner);
      if (!record || !isOwn) throw new GatewayError('not_found');
      return moveState(record, deps.nowEpoch());
    },
  };
}

/**
 * Copies or moves a file. A large file goes on in the background.
 * @throws GatewayError invalid_name, no_such_file, file_exists, quota_exceeded, too_many_moves, files_unavailable,
 *   store_unavailable, and those of the mover's own check
 */
async function start(
  deps: MovesDeps,
  operation: 'copy' | 'move',
  by: Asker,
  wanted: Wanted,
): Promise<Started> {
  const { mover, objects } = deps;
  const { owner, token } = by;
  const { toOwner, replace } = wanted;
  const to = { owner: toOwner, name: parseFileName(wanted.to, toOwner) };
  const from = { owner, name: await storedName(objects, owner, wanted.from) };
  const file = await objects.find(objectKey(owner, from.name));
  if (!file) throw new GatewayError('no_such_file');
  const request = { token, from, to, ...defined({ replace }) };
  if (file.size <= deps.limits.copyBytes) {
    if (operation === 'move') return { file: await mover.ask('move', request) };
    return { file: { ...(await mover.ask('copy', request)), sharesEnded: 0 } };
  }
  // What can be known now is said now. A file of the same size may be what an earlier try of this request has made.
  const key = objectKey(toOwner, to.name);
  const present = replace && key !== file.key ? undefined : await objects.find(key);
  if (present && (present.size !== file.size || key === file.key)) {
    const lastModified = present.lastModified.toISOString();
    throw new GatewayError('file_exists', { members: { size: present.size, lastModified } });
  }
  const isWithin = folderKey(owner) === folderKey(toOwner);
  if (operation === 'copy' || !isWithin) await deps.usage.take(toOwner, key, file.size);
  const id = randomBytes(16).toString('base64url');
  await deps.records.create(id, { userId: by.userId, from: owner, startedAtEpoch: deps.nowEpoch() });
  try {
    await mover.begin(operation, { ...request, id });
  } catch (error) {
    // It was told as failed, so it must not be done later: its answer alone may have been lost.
    await deps.records.finish(id, { state: 'failed', code: 'files_unavailable' });
    throw error;
  }
  return { id };
}
