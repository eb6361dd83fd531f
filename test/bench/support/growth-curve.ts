/** The cost at one size: rounds of one measurement. */
export interface Step {
  size: string;
  /** The size as a number. */
  at: number;
  rounds: number[];
}

/** A cost that is measured while something grows. The smallest size comes first. */
export interface Curve {
  name: string;
  unit: 'µs' | 'MB';
  /** The thing that grows, such as files. */
  of: string;
  steps: Step[];
  /** From this size on the curve must be flat: each step is compared with the one before it. */
  flat?: { from: number; atMost: number };
}
