/** A value of an event (DG: event structure). The keys of the enclosing object are the names. */
export interface EventValue {
  value: string;
  multiValue?: EventValue[];
  attributes?: string;
}

export type EventValues = Record<string, EventValue>;

export function allOf({ value, multiValue }: EventValue): string[] {
  return multiValue ? multiValue.map((one) => one.value) : [value];
}
