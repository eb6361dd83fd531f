import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { MAX_CLOCK_ERROR_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { Answered, ClockGuard } from './clock.ts';

/** `Date` has whole seconds (RFC 9110, section 5.6.7). The store's clock may have shown almost a second more. */
const DATE_SECONDS = 1;

/** A process that waited longer was frozen. Its clock may be right or wrong, unless the answer proves that it is wrong. */
const MAX_ROUND_TRIP_MS = 10_000;

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

/** A call that is not made while the clock is wrong. It throws GatewayError clock_wrong then. */
export function guarded<Given extends unknown[], T>(
  { check }: Pick<ClockGuard, 'check'>,
  call: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  return async (...given) => {
    check();
    return call(...given);
  };
}

/** A signer that signs nothing while the clock is wrong. */
export function guardedSigner(signer: Signer, guard: Pick<ClockGuard, 'check'>): Signer {
  return { ...signer, sign: guarded(guard, (policy) => signer.sign(policy)) };
}
