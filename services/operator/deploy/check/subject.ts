import type { Place, SoundValues } from '@cloudfront-cookie-gateway/infra/values';

/** The thing that is checked. */
export interface Subject {
  /** Those that have no fault. */
  values: SoundValues;
  stackName: string;
  place: Place;
  hosts: Hosts;
}

/** The names of both hosts. Absent if the values do not give them correctly. */
export interface Hosts {
  app?: string;
  files?: string;
  /** Whether a person gave both in one value, `domain`. */
  isDomain: boolean;
}

/** The name of the value in which a person gives this host. */
export function hostValue({ isDomain }: Hosts, host: 'app' | 'files'): string {
  return isDomain ? 'domain' : `${host}Origin`;
}
