import { ANSWER_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';

/**
 * How long things may take, in milliseconds (`…Ms`). The limits are made for people: nobody waits for longer than
 * `answerMs`.
 */
export const TIME_LIMITS = {
  /** A whole request, so that the client sees at most `ANSWER_SECONDS`. */
  answerMs: ANSWER_SECONDS * 1_000 - 200,
  /** How long a person waits for the edge to confirm. */
  edgeMs: 2_000,
  /** How long a renewal waits for the write of its use. */
  touchMs: 400,
  /** If the holder of the edge's lease does not move for this long, it counts as gone. */
  leaseMs: 1_000,
  /** A call to a store of AWS: the time to connect, and the time to answer. The call is tried three times. */
  connectMs: 1_000,
  storeMs: 2_000,
  /** A call to the identity provider. */
  providerMs: 5_000,
  /** How long a renewal waits for the provider's answer about the session, and how long that answer may take. */
  recheckMs: 2_000,
  askMs: 10_000,
  /** The time between two fetches of the provider's keys. */
  keysMs: 5_000,
  /** How long `/readyz` waits for each part that it asks, and how long the answer counts. */
  checkMs: 1_500,
  checkedMs: 5_000,
  /**
   * The time between two runs of the schedule. A run finishes what other processes left, and tells the edge what has
   * expired.
   */
  scheduleMs: 15_000,
  /** How many bytes S3 copies while a person waits: 100 MB in a second or so. More is copied after the answer. */
  copyBytes: 1024 ** 3,
};

export type TimeLimits = typeof TIME_LIMITS;
