import type { CopyRequest, MoveEnd } from '@cloudfront-cookie-gateway/auth/moves/mover';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { objectKey, parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import { type CopyDeps, copyFile, moveFile } from './copy.ts';

/** The id stays with the copy. */
type BackgroundOrder = CopyRequest & { id: string };

/**
 * Copies or moves, and writes how it ended. Lambda delivers an event at least once, so a second run is harmless: it
 * finds what the first one made. Only a record that cannot be written is an error, and Lambda then tries again.
 * @throws GatewayError store_unavailable
 */
export async function runInBackground(
  deps: CopyDeps,
  operation: 'copy' | 'move',
  order: BackgroundOrder,
): Promise<void> {
  const record = await deps.moves.read(order.id);
  // A person was told how it ended, and may have done something else since.
  if (!record || record.end) return;
  await deps.moves.finish(order.id, await endOf(deps, operation, order));
}

async function endOf(deps: CopyDeps, operation: 'copy' | 'move', order: BackgroundOrder): Promise<MoveEnd> {
  try {
    const { name } = await (operation === 'copy' ? copyFile : moveFile)(deps, order);
    return { state: 'done', name };
  } catch (error) {
    const { code } = error instanceof GatewayError ? error : new GatewayError('internal');
    // An earlier run of this request took the name, or the file itself.
    if (code !== 'no_such_file' && code !== 'file_exists') return { state: 'failed', code };
    const name = parseFileName(order.to.name, order.to.owner);
    const made = await deps.store.find(objectKey(order.to.owner, name));
    const isDone = made?.madeBy === order.id && (operation === 'copy' || code === 'no_such_file');
    return isDone ? { state: 'done', name } : { state: 'failed', code };
  }
}
