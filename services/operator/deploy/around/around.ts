import type { Dns } from './dns.ts';

/** The world outside AWS. */
export interface Around {
  dns: Dns;
  fetch: typeof fetch;
}
