import { MOVER } from '@cloudfront-cookie-gateway/auth/moves/mover';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type Owner, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId } from '@cloudfront-cookie-gateway/core/user-id';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import { runInBackground } from './background.ts';
import { type CopyDeps, copyFile, moveFile } from './copy.ts';
import {
  countVersions,
  deleteVersion,
  emptyTrash,
  listTrash,
  listVersionsOf,
  restoreVersion,
  restoreVersions,
} from './trash.ts';

const Copies = Type.Union([MOVER.copy.request, MOVER.move.request]);

/** Whether the request goes on after the service has answered, so that nobody reads what comes of it. */
export function isInBackground(request: unknown): boolean {
  return Check(Copies, request) && request.id !== undefined;
}

/**
 * Answers one request of the service. Only this code reads files, and lists and deletes versions. It reads files inside
 * S3 alone: no answer has a byte of one.
 * @throws GatewayError bad_request for a request of another form, and as the operation does
 */
export async function answer(deps: CopyDeps, request: unknown) {
  if (Check(Copies, request)) {
    const { operation, from, to, id, ...rest } = request;
    const copy = { ...rest, from: withOwner(from), to: withOwner(to) };
    if (id !== undefined) return runInBackground(deps, operation, { ...copy, id });
    return operation === 'copy' ? copyFile(deps, copy) : moveFile(deps, copy);
  }
  if (Check(MOVER.trash.request, request)) return listTrash(deps, withOwner(request));
  if (Check(MOVER.versions.request, request)) return listVersionsOf(deps, withOwner(request));
  if (Check(MOVER.restore.request, request)) return restoreVersion(deps, withOwner(request));
  if (Check(MOVER.restore_many.request, request)) return restoreVersions(deps, withOwner(request));
  if (Check(MOVER.delete_version.request, request)) return deleteVersion(deps, withOwner(request));
  if (Check(MOVER.empty_trash.request, request)) {
    const untilMs = deps.clock.monotonicMs() + request.withinMs;
    const before = new Date(request.before);
    return { isEmpty: await emptyTrash(deps, { ...withOwner(request), before }, untilMs) };
  }
  if (Check(MOVER.count.request, request)) return countVersions(deps.store, withOwner(request).owner);
  throw new GatewayError('bad_request');
}

/** @throws GatewayError bad_request for an id that nobody can have, such as a path */
function withOwner<T extends { owner: { kind: Owner['kind']; id: string } }>(
  request: T,
): T & { owner: Owner } {
  const { kind, id } = request.owner;
  const userId = kind === 'user' ? toUserId(id) : undefined;
  const teamId = kind === 'team' ? toTeamId(id) : undefined;
  if (userId) return { ...request, owner: userOwner(userId) };
  if (teamId) return { ...request, owner: teamOwner(teamId) };
  throw new GatewayError('bad_request');
}
