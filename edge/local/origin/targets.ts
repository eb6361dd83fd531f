import type { OriginChange, OriginUpdate } from '../functions/function-result.ts';
import { bucketIn, type OriginBinding, type OriginSettings, type OriginTarget } from '../template/origins.ts';
import { htmlRefusal, Refusal } from '../viewer/answer.ts';
import { createFolderOrigin } from './folder.ts';
import type { Origin, OriginAnswer, OriginOptions, OriginRequest } from './origin.ts';
import { createServerOrigin } from './server.ts';

export interface Targets {
  of(target: OriginTarget): Origin;
  /**
   * The origin to which a function sends a request that would go to `target` (DG: helper methods for origin
   * modification).
   */
  changed(target: OriginTarget, change: OriginChange): Origin;
  close(): void;
}

/** Methods for which a group goes on to its second origin (DG: origin failover). */
const FAILED_OVER = ['GET', 'HEAD', 'OPTIONS'];
/** The most origins made by functions that are kept. */
const MAX_MADE_UP = 100;

/**
 * Makes one origin for each origin of the distribution, and one for each origin that a function makes up. Groups
 * consist of these origins.
 */
export function createTargets(
  origins: readonly OriginSettings[],
  bindings: Readonly<Record<string, OriginBinding>>,
  options: OriginOptions,
): Targets {
  const open = new Map<OriginSettings, Origin>();
  const made = new Map<string, Origin>();

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

  function bindingOf(domainName: string): OriginBinding | undefined {
    const named = bindings[domainName] ?? bindings[bucketIn(domainName)];
    return named ?? origins.find((origin) => origin.domainName === domainName)?.binding;
  }

  function changed({ primary }: OriginTarget, change: OriginChange): Origin {
    const byId = (id = '') => settingsOf(id, origins);
    if (change.kind === 'select') return of({ primary: byId(change.originId) });
    if (change.kind === 'group') {
      const [first, second] = change.originIds;
      const failover = { secondary: byId(second), statuses: change.statuses };
      return of({ primary: byId(first), failover });
    }
    return madeUp(updated(primary, change.changes, bindingOf));
  }

  function madeUp(settings: OriginSettings): Origin {
    const key = JSON.stringify(settings);
    const known = made.get(key);
    if (known) return known;
    const origin = createOrigin(settings, options);
    made.set(key, origin);
    for (const [oldest, old] of made) {
      if (made.size <= MAX_MADE_UP) break;
      made.delete(oldest);
      old.close();
    }
    return origin;
  }

  return {
    of,
    changed,
    close() {
      for (const origin of [...open.values(), ...made.values()]) origin.close();
    },
  };
}

function settingsOf(id: string, origins: readonly OriginSettings[]): OriginSettings {
  const settings = origins.find((origin) => origin.id === id);
  if (!settings)
    throw htmlRefusal(502, `The CloudFront function named an origin that the distribution does not have.`);
  return settings;
}

function updated(
  base: OriginSettings,
  changes: OriginUpdate,
  bindingOf: (domainName: string) => OriginBinding | undefined,
): OriginSettings {
  const { domainName } = changes;
  const isElsewhere = domainName !== undefined && domainName !== base.domainName;
  const binding = isElsewhere ? bindingOf(domainName) : base.binding;
  if (!binding) throw htmlRefusal(502, `No binding names the place of ${domainName}.`);
  return { ...base, ...changes, binding };
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
