/** The time is passed in, so that a test decides when something happens. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Milliseconds since some moment in the past. If the machine's clock is set, this goes on as before, so durations are
   * judged by it.
   */
  monotonicMs(): number;
  /** Resolves after that time, or at once if the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

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
