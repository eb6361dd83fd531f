import { Resolver } from 'node:dns/promises';

/** The questions to DNS. A name that does not exist gives an empty list. */
export interface Dns {
  nameServers(name: string): Promise<string[]>;
  addresses(name: string): Promise<string[]>;
  canonicalNames(name: string): Promise<string[]>;
  /**
   * The authorities that may issue certificates (RFC 8659). The search goes from the name upwards to the first answer.
   * Undefined if all authorities may.
   */
  certificateAuthorities(name: string): Promise<string[] | undefined>;
}

/** The resolver of this machine. */
export function createDns(
  resolver: Pick<Resolver, 'resolveNs' | 'resolve4' | 'resolveCname' | 'resolveCaa'> = new Resolver({
    timeout: 3_000,
    tries: 2,
  }),
): Dns {
  return {
    nameServers: (name) => known(resolver.resolveNs(name)),
    addresses: (name) => known(resolver.resolve4(name)),
    canonicalNames: (name) => known(resolver.resolveCname(name)),
    async certificateAuthorities(name) {
      for (let at = name; at.includes('.'); at = at.slice(at.indexOf('.') + 1)) {
        const records = await known(resolver.resolveCaa(at));
        if (records.length > 0) return records.flatMap(({ issue }) => issue?.split(';')[0]?.trim() ?? []);
      }
      return undefined;
    },
  };
}

async function known<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^E(?:NOTFOUND|NODATA)$/.test(String(error.code)))
      return [];
    throw error;
  }
}
