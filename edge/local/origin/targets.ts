import type { OriginSettings, OriginTarget } from '../template/origins.ts';
import { htmlRefusal, Refusal } from '../viewer/answer.ts';
import { createFolderOrigin } from './folder.ts';
import type { Origin, OriginAnswer, OriginOptions, OriginRequest } from './origin.ts';
import { createServerOrigin } from './server.ts';

export interface Targets {
  of(target: OriginTarget): Origin;
  /** The origin that a function chose (DG: helper methods for origin modification). */
  chosen(originId: string): Origin;
  close(): void;
}

/** Methods for which a group goes on to its second origin (DG: origin failover). */
const FAILED_OVER = ['GET', 'HEAD', 'OPTIONS'];

/** Makes one origin for each origin of the distribution. Groups consist of these origins. */
export function createTargets(origins: readonly OriginSettings[], options: OriginOptions): Targets {
  const open = new Map<OriginSettings, Origin>();

  function originOf(settings: OriginSettings): Origin {
    const known = open.get(settings) ?? createOrigin(settings, options);
    open.set(settings, known);
    return known;
  }

  function of({ primary, failover }: OriginTarget): Origin {
    const first = originOf(primary);
    if (!failover) return first;
    const { secondary, statuses } = failover;
    return groupOf(first, originOf(secondary), statuses);
  }

  return {
    of,
    chosen(originId) {
      const settings = origins.find(({ id }) => id === originId);
      if (settings) return originOf(settings);
      throw htmlRefusal(502, 'The CloudFront function named an origin that the distribution does not have.');
    },
    close() {
      for (const origin of open.values()) origin.close();
    },
  };
}

/** Two origins as one. The second gets the request if the first fails, or answers with one of the statuses. */
function groupOf(first: Origin, second: Origin, statuses: readonly number[]): Origin {
  async function ask(request: OriginRequest): Promise<OriginAnswer> {
    if (!FAILED_OVER.includes(request.method)) return first.ask(request);
    let answer: OriginAnswer;
    try {
      answer = await first.ask(request);
    } catch (error) {
      if (error instanceof Refusal) return second.ask(request);
      throw error;
    }
    if (!statuses.includes(answer.status)) return answer;
    answer.body.destroy();
    return second.ask(request);
  }

  // The origins of a group are closed one by one.
  return { isS3: first.isS3, ask, close() {} };
}

export function createOrigin(settings: OriginSettings, options: OriginOptions): Origin {
  const { binding } = settings;
  if ('folder' in binding) return createFolderOrigin(settings, binding);
  return createServerOrigin(settings, binding, options);
}
