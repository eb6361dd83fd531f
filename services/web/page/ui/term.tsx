import { useSignal } from '@preact/signals';

import { plain, text } from '../words/language.ts';
import { fieldOf } from './dialog.tsx';
import { Options, useOwnId } from './parts.tsx';

/** The units of time that a person can choose, in seconds. */
const UNITS = { minutes: 60, hours: 3_600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;
const UNIT_WORDS = Object.fromEntries(Object.keys(UNITS).map((unit) => [unit, plain(unit)]));

const unitOf = (value: string): Unit => (value === 'minutes' || value === 'hours' ? value : 'days');

interface TermProps {
  label: string;
  longestSeconds: number;
  unit: Unit;
  /** What the field has at first. Without a number, it may stay empty. */
  usual?: number;
}

/** The fields for how long a link lives: a number, and its unit. */
export function TermField({ label, longestSeconds, unit, usual }: TermProps) {
  const id = useOwnId();
  const chosen = useSignal(unit);
  const longest = longestSeconds / UNITS[chosen.value];
  const isRequired = usual !== undefined;
  return (
    <p class="term">
      <label for={id}>{label}</label>
      <input
        {...{ id, name: 'length', type: 'number', min: 1, max: longest, inputMode: 'numeric' }}
        required={isRequired}
        defaultValue={usual}
      />
      <select
        name="unit"
        aria-label={text('timeUnit')}
        value={chosen.value}
        onChange={({ currentTarget }) => {
          chosen.value = unitOf(currentTarget.value);
        }}
      >
        <Options options={UNIT_WORDS} />
      </select>
    </p>
  );
}

/** The chosen time in seconds; 0 if the number is left empty. */
export function termOf(fields: FormData): number {
  return Number(fieldOf(fields, 'length')) * UNITS[unitOf(fieldOf(fields, 'unit'))];
}
