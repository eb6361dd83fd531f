import { create, find } from './dom.ts';
import { plain } from './words/language.ts';

/** The units of time that a person can choose, in seconds. */
const UNITS = { minutes: 60, hours: 3_600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

/**
 * The fields of index.html for how long a link lives: a number, and its unit.
 * @param id the number's; the unit's has `-unit` after it
 */
export function createTerm(id: string, { longestSeconds }: { longestSeconds: number }) {
  const length = find(id, HTMLInputElement);
  const unit = find(`${id}-unit`, HTMLSelectElement);
  const unitSeconds = () => UNITS[unitOf(unit.value)];
  const limit = () => {
    length.max = String(longestSeconds / unitSeconds());
  };
  unit.append(...Object.keys(UNITS).map((each) => create('option', { value: each }, plain(each))));
  unit.addEventListener('change', limit);

  return {
    /** @param usual what the fields have at first. Without a number, the field is empty. */
    begin(usual: number | '', of: Unit): void {
      length.value = String(usual);
      unit.value = of;
      limit();
    },
    /** 0 if the number is left empty. */
    seconds: () => Number(length.value) * unitSeconds(),
  };
}

function unitOf(value: string): Unit {
  return value === 'minutes' || value === 'hours' ? value : 'days';
}
