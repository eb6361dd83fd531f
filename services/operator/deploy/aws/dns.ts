import { Resolver } from 'node:dns/promises';
import { getDomain } from 'tldts';

/** The questions to DNS. A name that does not exist gives an empty list. */
export interface Dns {
  /** The name servers of a zone. */
  nameServers(zone: string): Promise<string[]>;
  addresses(name: string): Promise<string[]>;
  canonicalNames(name: string): Promise<string[]>;
}

/**
 * The questions go to the name servers of the registered domain, since the resolver of this machine would remember for
 * minutes that a name was not there. They answer nothing for a zone that is delegated further, and a network may let
 * questions through to its own resolver only. Then that resolver is asked.
 * @param servers of this machine, if not its own
 * @param port what follows the address of a server that is not at port 53, such as `:5353`
 */
export function createDns({ servers, port = '' }: { servers?: string[]; port?: string } = {}): Dns {
  const ofMachine = newResolver(servers, port);

  async function nameServers(zone: string): Promise<string[]> {
    const found = await known(ofMachine.resolveNs(zone));
    return found.map((one) => one.toLowerCase());
  }

  async function records<T>(name: string, question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> {
    const servers = await nameServers(getDomain(name) ?? name);
    // Another name server of the domain knows the same.
    const asked = servers.slice(0, 2).map((one) => known(ofMachine.resolve4(one)));
    const addresses = (await Promise.all(asked)).flat();
    if (addresses.length > 0) {
      try {
        return await question(newResolver(addresses, port));
      } catch (error) {
        if (isCode(error, 'ENOTFOUND')) return [];
        if (!isCode(error, 'ENODATA', 'ETIMEOUT', 'ECONNREFUSED')) throw error;
      }
    }
    return await known(question(ofMachine));
  }

  return {
    nameServers,
    addresses: (name) => records(name, (resolver) => resolver.resolve4(name)),
    canonicalNames: (name) => records(name, (resolver) => resolver.resolveCname(name)),
  };
}

function newResolver(servers: string[] | undefined, port: string): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers) resolver.setServers(servers.map((one) => one + port));
  return resolver;
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function known<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (isCode(error, 'ENOTFOUND', 'ENODATA')) return [];
    throw error;
  }
}
