import {
  type Assumptions,
  DEFAULT_ASSUMPTIONS,
  isAssumptionName,
  OTHER_CHOICES,
} from '../../../../../edge/local/assumptions.ts';

export const SWITCHES = Object.keys(DEFAULT_ASSUMPTIONS).filter(isAssumptionName);

/** All pairs of switches. */
export const PAIRS = SWITCHES.flatMap((one, index) =>
  SWITCHES.slice(index + 1).map((other): [names: string[], set: Partial<Assumptions>] => [
    [one, other],
    { [one]: OTHER_CHOICES[one], [other]: OTHER_CHOICES[other] },
  ]),
);
