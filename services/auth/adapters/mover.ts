import { ERRORS, type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import type { Mover } from '../domain/mover.ts';
import type { Invoke } from './invoke.ts';

/** How long the mover may empty a trash while somebody waits, in milliseconds. Then it goes on alone. */
const EMPTYING_MS = { answer: 6_000, event: 600_000 };

const Code = Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(ERRORS)));
const Failed = Type.Object({
  code: Code,
  detail: Type.String(),
  members: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
});
const Answered = Type.Object({ answer: Type.Unknown() });

const copied = { name: Type.String(), size: Type.Integer(), etag: Type.String() };
const Copied = Type.Object(copied);
const Moved = Type.Object({
  ...copied,
  sharesEnded: Type.Integer(),
  edge: Type.Union([Type.Literal('told'), Type.Literal('pending')]),
});
const named = { name: Type.String(), versionId: Type.String() };
const Trash = Type.Object({
  files: Type.Array(
    Type.Object({ ...named, size: Type.Integer(), deletedAt: Type.String(), isReplaced: Type.Boolean() }),
  ),
  cursor: Type.Optional(Type.String()),
});
const Versions = Type.Object({
  versions: Type.Array(
    Type.Object({
      versionId: Type.String(),
      ...{
        size: Type.Integer(),
        etag: Type.String(),
        lastModified: Type.String(),
        isCurrent: Type.Boolean(),
      },
    }),
  ),
});
const Restored = Type.Object({
  restored: Type.Array(Type.Object(named)),
  failed: Type.Array(Type.Object({ ...named, code: Code })),
});
const Emptied = Type.Object({ isEmpty: Type.Boolean() });
const Counted = Type.Object({ bytes: Type.Integer(), keptBytes: Type.Integer(), files: Type.Integer() });

/** The mover behind a function that is called (services/mover/lambda.ts). */
export function createMover(invoke: Invoke): Mover {
  async function ask<S extends Type.TSchema>(schema: S, operation: string, request: object) {
    const outcome = await invoke({ operation, ...request }, 'answer');
    if (Check(Failed, outcome)) {
      const { code, detail, members } = outcome;
      throw new GatewayError(code, { detail, members });
    }
    if (Check(Answered, outcome)) {
      const { answer } = outcome;
      if (Check(schema, answer)) return answer;
    }
    throw new GatewayError('files_unavailable', { cause: new Error(`not an answer to ${operation}`) });
  }

  return {
    copy: (request) => ask(Copied, 'copy', request),
    move: (request) => ask(Moved, 'move', request),
    async begin(operation, request) {
      await invoke({ operation, ...request }, 'event');
    },
    async trash(request) {
      const { files, cursor } = await ask(Trash, 'trash', request);
      return {
        files: files.map((file) => ({ ...file, deletedAt: new Date(file.deletedAt) })),
        cursor,
      };
    },
    async versions(request) {
      const { versions } = await ask(Versions, 'versions', request);
      return versions.map((version) => ({ ...version, lastModified: new Date(version.lastModified) }));
    },
    restore: (request) => ask(Copied, 'restore', request),
    restoreMany: (request) => ask(Restored, 'restore_many', request),
    async deleteVersion(request) {
      await ask(Type.Null(), 'delete_version', request);
    },
    async emptyTrash({ before, ...folder }) {
      const request = { ...folder, before: before.toISOString() };
      const { isEmpty } = await ask(Emptied, 'empty_trash', { ...request, withinMs: EMPTYING_MS.answer });
      const rest = { operation: 'empty_trash', ...request, withinMs: EMPTYING_MS.event };
      if (!isEmpty) await invoke(rest, 'event');
    },
    count: (owner) => ask(Counted, 'count', { owner }),
  };
}
