/** How long anything may take, in milliseconds. Each is meant for people: nobody waits for longer than `answerMs`. */
export const TIME_LIMITS = {
  /** A whole request: 12 s at the client. */
  answerMs: 11_800,
  /** What a person waits for the edge to confirm. */
  edgeMs: 2_000,
  /** What a renewal waits until its use has been written. */
  touchMs: 400,
  /** A holder of the edge's lease that has not moved for this long has gone. */
  leaseMs: 1_000,
  /** A call to a store of AWS: to connect, and to answer. It is tried three times. */
  connectMs: 1_000,
  storeMs: 2_000,
  /** A call to the identity provider. */
  providerMs: 5_000,
  /** What a renewal waits for its answer about the session, and how long that may take. */
  recheckMs: 2_000,
  askMs: 10_000,
  /** Between two fetches of its keys. */
  keysMs: 5_000,
  /** Each part that `/readyz` asks, and how long its answer counts. */
  checkMs: 1_500,
  checkedMs: 5_000,
  /** Between two runs of what a process finishes for others, and has the edge forget. */
  scheduleMs: 15_000,
};

export type TimeLimits = typeof TIME_LIMITS;
