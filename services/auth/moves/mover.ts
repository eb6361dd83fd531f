import { ERRORS, type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import { exactly } from '../settings/exactly.ts';

const Code = Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(ERRORS)));
const Text = Type.String({ maxLength: 4_096 });
const Replace = Type.Optional(Type.Boolean());
const Folder = exactly({ kind: Type.Union([Type.Literal('user'), Type.Literal('team')]), id: Text });
const OwnedName = exactly({ owner: Folder, name: Text });
/** The value of the session cookie, and whose folder the request is about. */
const folder = { token: Text, owner: Folder };
/** `id` is that of a copy or a move that goes on after the service has answered. Its record says how it ends. */
const copies = { token: Text, from: OwnedName, to: OwnedName, replace: Replace, id: Type.Optional(Text) };
/** `name` is that in the folder that it was copied into. */
const copied = { name: Type.String(), size: Type.Integer(), etag: Type.String() };
/** The id of a delete marker stands for the file that the marker hides. */
const namedVersion = { name: Text, versionId: Text };
const Instant = Type.String({ description: 'ISO 8601' });

/** A request names its operation. It names folders and files as people do, and never a key. */
function asking<Operation extends string, P extends Type.TProperties>(operation: Operation, properties: P) {
  return exactly({ operation: Type.Literal(operation), ...properties });
}

/**
 * What the service asks the mover, and what the mover answers, by operation. Sizes are in bytes. The mover is the part of
 * the system that reads files, and lists and deletes versions. It checks the session and the roles itself, and may refuse
 * each request with no_session, account_changed, no_such_team, role_too_low, files_unavailable, store_unavailable and
 * clock_wrong.
 */
export const MOVER = {
  /** May be refused with invalid_name, no_such_file, file_exists, quota_exceeded. */
  copy: { request: asking('copy', copies), answer: Type.Object(copied) },
  /** The same. `sharesEnded` are those of the old name; `edge` says whether the edge knows of it. */
  move: {
    request: asking('move', copies),
    answer: Type.Object({
      ...{ ...copied, sharesEnded: Type.Integer() },
      edge: Type.Union([Type.Literal('told'), Type.Literal('pending')]),
    }),
  },
  /** A page of what was deleted or replaced, in S3's order. A page may be empty although others follow. */
  trash: {
    request: asking('trash', { ...folder, cursor: Type.Optional(Text) }),
    answer: Type.Object({
      files: Type.Array(
        Type.Object({
          ...namedVersion,
          /** When it was deleted, or replaced by another file that took its name. */
          ...{ size: Type.Integer(), deletedAt: Instant, isReplaced: Type.Boolean() },
        }),
      ),
      cursor: Type.Optional(Type.String()),
    }),
  },
  /** The versions of a name, the newest first. None if there is no such file. */
  versions: {
    request: asking('versions', { ...folder, name: Text }),
    answer: Type.Object({
      versions: Type.Array(
        Type.Object({
          ...{ versionId: Type.String(), size: Type.Integer(), etag: Type.String() },
          ...{ lastModified: Instant, isCurrent: Type.Boolean() },
        }),
      ),
    }),
  },
  /** May be refused as a copy. */
  restore: {
    request: asking('restore', { ...folder, ...namedVersion, replace: Replace }),
    answer: Type.Object(copied),
  },
  /** Restores what it can. */
  restore_many: {
    request: asking('restore_many', {
      ...folder,
      files: Type.Array(exactly(namedVersion), { maxItems: 1_000 }),
    }),
    answer: Type.Object({
      restored: Type.Array(Type.Object(namedVersion)),
      failed: Type.Array(Type.Object({ ...namedVersion, code: Code })),
    }),
  },
  /**
   * Deletes a version for ever. One that is not there is deleted already. May be refused with invalid_name, and with
   * no_such_file for the current version.
   */
  delete_version: { request: asking('delete_version', { ...folder, ...namedVersion }), answer: Type.Null() },
  empty_trash: {
    request: asking('empty_trash', {
      ...folder,
      // By S3's clock. What is deleted later stays.
      before: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000Z$' }),
      // No other page begins after this time. The answer says whether anything is left.
      withinMs: Type.Integer({ minimum: 0 }),
    }),
    answer: Type.Object({ isEmpty: Type.Boolean() }),
  },
  /** Counts a folder with all versions. It tells numbers alone, and needs no session: who uploads by a link has none. */
  count: {
    request: asking('count', { owner: Folder }),
    answer: Type.Object({ bytes: Type.Integer(), keptBytes: Type.Integer(), files: Type.Integer() }),
  },
};
export const MOVER_FAILURE = Type.Object({
  ...{ code: Code, detail: Type.String() },
  members: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
});

export type MoverOperation = keyof typeof MOVER;
export type MoverRequest = Type.Static<(typeof MOVER)[MoverOperation]['request']>;
export type MoverAnswer<Operation extends MoverOperation> = Type.Static<(typeof MOVER)[Operation]['answer']>;

/** A request whose ids were checked. */
export type WithOwner<Request> = Omit<Request, 'owner' | 'operation'> & { owner: Owner };
export type OwnedName = WithOwner<Type.Static<typeof OwnedName>>;
export type CopyRequest = Omit<Type.Static<typeof MOVER.copy.request>, 'operation' | 'from' | 'to'> &
  Record<'from' | 'to', OwnedName>;

/**
 * Calls a Lambda function. As an event, the call is answered before the function runs.
 * @returns what the function returns; undefined for an event
 * @throws GatewayError files_unavailable if the function does not answer, or crashes
 */
export type Invoke = (payload: object, how: 'answer' | 'event') => Promise<unknown>;

/** How long the mover may empty a trash while somebody waits, in milliseconds. Then it goes on alone. */
const EMPTYING_MS = { answer: 6_000, event: 600_000 };

const Answered = Type.Object({ answer: Type.Unknown() });

type Asked<Operation extends MoverOperation> = Omit<
  Extract<MoverRequest, { operation: Operation }>,
  'operation'
>;

export type Mover = ReturnType<typeof createMover>;

/** The mover behind a function that is called (services/mover/lambda.ts). All methods throw GatewayError as `MOVER` says. */
export function createMover(invoke: Invoke) {
  async function ask<Operation extends MoverOperation>(
    operation: Operation,
    request: Asked<Operation>,
  ): Promise<MoverAnswer<Operation>> {
    const outcome = await invoke({ operation, ...request }, 'answer');
    if (Check(MOVER_FAILURE, outcome)) {
      const { code, detail, members } = outcome;
      throw new GatewayError(code, { detail, members });
    }
    if (Check(Answered, outcome)) {
      const { answer } = outcome;
      const expected: (typeof MOVER)[Operation]['answer'] = MOVER[operation].answer;
      if (Check(expected, answer)) return answer;
    }
    throw new GatewayError('files_unavailable', { cause: new Error(`not an answer to ${operation}`) });
  }

  return {
    ask,
    /** Asks for a copy or a move that goes on after this. Its record says how it ends. */
    async begin(operation: 'copy' | 'move', request: Asked<'copy'> & { id: string }): Promise<void> {
      await invoke({ operation, ...request }, 'event');
    },
    /**
     * Permanently deletes what was deleted before a moment of S3's clock. What is left when its time is over is deleted
     * after the answer.
     */
    async emptyTrash(of: Pick<Asked<'trash'>, 'token' | 'owner'>, before: Date): Promise<void> {
      const request = { ...of, before: before.toISOString() };
      const { isEmpty } = await ask('empty_trash', { ...request, withinMs: EMPTYING_MS.answer });
      const rest = { operation: 'empty_trash', ...request, withinMs: EMPTYING_MS.event };
      if (!isEmpty) await invoke(rest, 'event');
    },
  };
}

/** A copy or a move that goes on after the answer. */
export interface MoveRecord {
  /** Who began it, and from which folder. Nobody else may ask for it. */
  userId: UserId;
  from: Owner;
  startedAtEpoch: number;
  /** How it ended. Absent while it goes on. */
  end?: MoveEnd;
}

/** The new name, or why both files are left as they were. */
export type MoveEnd = { state: 'done'; name: string } | { state: 'failed'; code: ErrorCode };

/** The most copies and moves of one user that go on in the background. Each may hold a function for 15 minutes. */
export const MAX_MOVES = 20;

/** Lambda tries an event three times, for 15 minutes each. Whatever has not ended by then will not. */
const LONGEST_SECONDS = 60 * 60;

/** How a copy or a move stands. */
export function moveState(
  { startedAtEpoch, end }: MoveRecord,
  nowEpoch: number,
): MoveEnd | { state: 'moving' } {
  if (end) return end;
  const isLost = startedAtEpoch + LONGEST_SECONDS < nowEpoch;
  return isLost ? { state: 'failed', code: 'timed_out' } : { state: 'moving' };
}
