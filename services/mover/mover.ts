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

function exactly<P extends Type.TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

const Text = Type.String({ maxLength: 4_096 });
const Replace = Type.Optional(Type.Boolean());
const Folder = exactly({ kind: Type.Union([Type.Literal('user'), Type.Literal('team')]), id: Text });
const OwnedName = exactly({ owner: Folder, name: Text });

/** Each request has the token of a session. It names folders and files as people do, and never a key. */
const Copies = exactly({
  operation: Type.Union([Type.Literal('copy'), Type.Literal('move')]),
  ...{ token: Text, from: OwnedName, to: OwnedName, replace: Replace },
  // Of a request that goes on after the service has answered.
  id: Type.Optional(Text),
});
const Trash = exactly({
  operation: Type.Literal('trash'),
  ...{ token: Text, owner: Folder, cursor: Type.Optional(Text) },
});
const named = { token: Text, owner: Folder, name: Text };
const Versions = exactly({ operation: Type.Literal('versions'), ...named });
const Restore = exactly({
  operation: Type.Literal('restore'),
  ...{ ...named, versionId: Text, replace: Replace },
});
const NamedVersions = Type.Array(exactly({ name: Text, versionId: Text }), { maxItems: 1_000 });
const RestoreMany = exactly({
  operation: Type.Literal('restore_many'),
  ...{ token: Text, owner: Folder, files: NamedVersions },
});
const DeleteVersion = exactly({ operation: Type.Literal('delete_version'), ...named, versionId: Text });
const Empty = exactly({
  operation: Type.Literal('empty_trash'),
  ...{ token: Text, owner: Folder },
  // By S3's clock. What is deleted later stays.
  before: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000Z$' }),
  // No other page begins after this time. The answer says whether anything is left.
  withinMs: Type.Integer({ minimum: 0 }),
});
/** It tells numbers alone, and needs no session: who uploads by a link has none. */
const Count = exactly({ operation: Type.Literal('count'), owner: Folder });

export type MoverRequest = Type.Static<
  | typeof Copies
  | typeof Trash
  | typeof Versions
  | typeof Restore
  | typeof RestoreMany
  | typeof DeleteVersion
  | typeof Empty
  | typeof Count
>;

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
  if (Check(Trash, request)) return listTrash(deps, withOwner(request));
  if (Check(Versions, request)) return listVersionsOf(deps, withOwner(request));
  if (Check(Restore, request)) return restoreVersion(deps, withOwner(request));
  if (Check(RestoreMany, request)) return restoreVersions(deps, withOwner(request));
  if (Check(DeleteVersion, request)) return deleteVersion(deps, withOwner(request));
  if (Check(Empty, request)) {
    const untilMs = deps.clock.monotonicMs() + request.withinMs;
    const before = new Date(request.before);
    return { isEmpty: await emptyTrash(deps, { ...withOwner(request), before }, untilMs) };
  }
  if (Check(Count, request)) return countVersions(deps.store, withOwner(request).owner);
  throw new GatewayError('bad_request');
}

/** @throws GatewayError bad_request for an id that nobody can have, such as a path */
function withOwner<T extends { owner: Type.Static<typeof Folder> }>(request: T): T & { owner: Owner } {
  const { kind, id } = request.owner;
  const userId = kind === 'user' ? toUserId(id) : undefined;
  const teamId = kind === 'team' ? toTeamId(id) : undefined;
  if (userId) return { ...request, owner: userOwner(userId) };
  if (teamId) return { ...request, owner: teamOwner(teamId) };
  throw new GatewayError('bad_request');
}
