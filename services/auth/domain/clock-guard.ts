import { GatewayError } from '../../../core/errors.ts';
import { MAX_CLOCK_ERROR_SECONDS } from '../../../core/time-bounds.ts';

/** `Date` has whole seconds (RFC 9110, section 5.6.7). The store's clock may have shown almost a second more. */
const DATE_SECONDS = 1;

/** A process that waited longer was frozen. Its clock may be right or wrong, unless the answer proves that it is wrong. */
const MAX_ROUND_TRIP_MS = 10_000;

/** A call to a store: two times by the own clock, and the `Date` of the answer, in milliseconds since 1970. */
export interface Answered {
  sentAtMs: number;
  receivedAtMs: number;
  dateMs: number;
}

/** Whether the clock of this process agrees with the clocks of the stores. */
export interface ClockGuard {
  /** Compares the clock. The last answer counts, unless it proves nothing. */
  compare(answered: Answered): void;
  /**
   * Before the first answer nothing is known, and the check passes.
   * @throws GatewayError clock_wrong
   */
  check(): void;
  /** How much the clock is ahead at least, in seconds. Negative if it is behind. 0 if it agrees, or nothing is known. */
  wrongSeconds(): number;
  /** Calls the listener each time when a clock that agreed is wrong, or the other way round. 0 means that it agrees. */
  onChange(listener: (wrongSeconds: number) => void): void;
}

export function createClockGuard(): ClockGuard {
  let wrongSeconds = 0;
  let tell: (wrongSeconds: number) => void = () => {};

  return {
    compare(answered) {
      const seconds = clockError(answered);
      if (seconds === 0 && answered.receivedAtMs - answered.sentAtMs > MAX_ROUND_TRIP_MS) return;
      const isChange = (seconds === 0) !== (wrongSeconds === 0);
      wrongSeconds = seconds;
      if (isChange) tell(seconds);
    },
    check() {
      if (wrongSeconds === 0) return;
      const where = wrongSeconds > 0 ? 'ahead of' : 'behind';
      throw new GatewayError('clock_wrong', {
        cause: new Error(
          `the clock of this machine is ${Math.abs(wrongSeconds)} seconds ${where} that of the stores`,
        ),
      });
    },
    wrongSeconds: () => wrongSeconds,
    onChange(listener) {
      tell = listener;
      if (wrongSeconds !== 0) listener(wrongSeconds);
    },
  };
}

/**
 * How much the clock is ahead at least, in seconds; negative if it is behind. An error of `MAX_CLOCK_ERROR_SECONDS` is
 * no error (0). The store wrote its `Date` after the request was sent, and before the answer came. So a slow answer and
 * a frozen process never look like a wrong clock.
 */
function clockError({ sentAtMs, receivedAtMs, dateMs }: Answered): number {
  const aheadSeconds = (sentAtMs - dateMs) / 1_000 - DATE_SECONDS;
  if (aheadSeconds > MAX_CLOCK_ERROR_SECONDS) return Math.floor(aheadSeconds);
  const behindSeconds = (dateMs - receivedAtMs) / 1_000;
  return behindSeconds > MAX_CLOCK_ERROR_SECONDS ? -Math.floor(behindSeconds) : 0;
}
