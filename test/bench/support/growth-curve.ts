/** What something costs at a size: rounds of one measurement. */
export interface Step {
  size: string;
  /** The size as a number. */
  at: number;
  rounds: number[];
}

/** What is measured while something grows; the least size comes first. */
export interface Curve {
  name: string;
  unit: 'µs' | 'MB';
  /** What there is more and more of, such as files. */
  of: string;
  steps: Step[];
  /** Each step to a size of `from` or more, beside the one before it, where the curve is to be flat from there. */
  flat?: { from: number; atMost: number };
}
