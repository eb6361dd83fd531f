import type { StackValues } from '../../../../infra/values.ts';
import type { Place } from '../around/place.ts';

/** The thing that is checked. */
export interface Subject {
  values: StackValues;
  /** Whether the person gave this value, and no fault names it. */
  isGiven(name: keyof StackValues | 'domain'): boolean;
  place: Place;
  hosts: Hosts;
}

/** The names of both hosts. Absent if the values do not give them correctly. */
export interface Hosts {
  app?: string;
  files?: string;
}

/** The name of the value in which a person gives this host. */
export function hostValue({ isGiven }: Pick<Subject, 'isGiven'>, host: keyof Hosts): string {
  return isGiven('domain') ? 'domain' : `${host}Origin`;
}
