/** A value of an event (DG: event structure). Names are the keys of the object that it stands in. */
export interface EventValue {
  value: string;
  multiValue?: EventValue[];
  attributes?: string;
}

export type EventValues = Record<string, EventValue>;

export function allOf({ value, multiValue }: EventValue): string[] {
  return multiValue ? multiValue.map((one) => one.value) : [value];
}
