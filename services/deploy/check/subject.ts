import type { StackValues } from '../../../infra/values.ts';
import type { Place } from '../around/place.ts';

/** What is looked at. */
export interface Subject {
  values: StackValues;
  /** Whether the person gave this value, and no fault names it. */
  isGiven(name: keyof StackValues | 'domain'): boolean;
  place: Place;
  hosts: Hosts;
}

/** Names of both hosts; absent where the values do not say them rightly. */
export interface Hosts {
  app?: string;
  files?: string;
}

/** How a person calls a host in the values. */
export function hostValue({ isGiven }: Pick<Subject, 'isGiven'>, host: keyof Hosts): string {
  return isGiven('domain') ? 'domain' : `${host}Origin`;
}
