import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { Check } from 'typebox/schema';
import { MOVER_ANSWERS, MOVER_FAILURE, type Mover, type MoverAnswer } from '../domain/mover.ts';
import type { Invoke } from './invoke.ts';

/** How long the mover may empty a trash while somebody waits, in milliseconds. Then it goes on alone. */
const EMPTYING_MS = { answer: 6_000, event: 600_000 };

const Answered = Type.Object({ answer: Type.Unknown() });

/** The mover behind a function that is called (services/mover/lambda.ts). */
export function createMover(invoke: Invoke): Mover {
  async function ask<Operation extends keyof typeof MOVER_ANSWERS>(
    operation: Operation,
    request: object,
  ): Promise<MoverAnswer<Operation>> {
    const outcome = await invoke({ operation, ...request }, 'answer');
    if (Check(MOVER_FAILURE, outcome)) {
      const { code, detail, members } = outcome;
      throw new GatewayError(code, { detail, members });
    }
    if (Check(Answered, outcome)) {
      const { answer } = outcome;
      if (Check(MOVER_ANSWERS[operation], answer)) return answer;
    }
    throw new GatewayError('files_unavailable', { cause: new Error(`not an answer to ${operation}`) });
  }

  return {
    copy: (request) => ask('copy', request),
    move: (request) => ask('move', request),
    async begin(operation, request) {
      await invoke({ operation, ...request }, 'event');
    },
    trash: (request) => ask('trash', request),
    versions: (request) => ask('versions', request),
    restore: (request) => ask('restore', request),
    restoreMany: (request) => ask('restore_many', request),
    async deleteVersion(request) {
      await ask('delete_version', request);
    },
    async emptyTrash({ before, ...folder }) {
      const request = { ...folder, before: before.toISOString() };
      const { isEmpty } = await ask('empty_trash', { ...request, withinMs: EMPTYING_MS.answer });
      const rest = { operation: 'empty_trash', ...request, withinMs: EMPTYING_MS.event };
      if (!isEmpty) await invoke(rest, 'event');
    },
    count: (owner) => ask('count', { owner }),
  };
}
