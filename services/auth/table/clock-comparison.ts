import type { MiddlewareStack } from '@smithy/types';
import type { ClockGuard } from './clock.ts';

/** Adds the comparison to a client of the AWS SDK. */
export type CompareClock = <Input extends object, Output extends object>(client: {
  middlewareStack: MiddlewareStack<Input, Output>;
}) => void;

/**
 * Compares the clock of this process with the `Date` of each answer of a client. Each try of a call counts, and so does
 * each error: the stores refuse a signature of a wrong time, and such a refusal has a `Date` too. The SDK corrects the
 * time of its signatures by itself.
 */
export function createClockComparison(guard: Pick<ClockGuard, 'compare'>, now: () => number): CompareClock {
  return ({ middlewareStack }) => {
    middlewareStack.add(
      (next) => async (request) => {
        const sentAtMs = now();
        const answer = await next(request);
        const receivedAtMs = now();
        const dateMs = dateOf(answer.response);
        if (dateMs !== undefined) guard.compare({ sentAtMs, receivedAtMs, dateMs });
        return answer;
      },
      // The lowest priority of this step is next to the wire. The SDK makes its errors above it.
      { step: 'deserialize', priority: 'low', name: 'clockComparison' },
    );
  };
}

/** The `Date` of an answer, in milliseconds since 1970. The SDK's HTTP handlers give header names in small letters. */
export function dateOf(response: unknown): number | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  const dateMs = Date.parse(String(headers.date));
  return Number.isNaN(dateMs) ? undefined : dateMs;
}
