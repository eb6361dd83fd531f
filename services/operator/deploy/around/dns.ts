import { Resolver } from 'node:dns/promises';
import { getDomain } from 'tldts';

/**
 * The questions to DNS. They go to the name servers of the zone, since the resolver of this machine would remember for
 * minutes that a name was not there. A name that does not exist gives an empty list.
 */
export interface Dns {
  /** The zone that holds the name, and the name servers that DNS asks for it. */
  zone(name: string): Promise<{ name: string; nameServers: string[] }>;
  addresses(name: string): Promise<string[]>;
  canonicalNames(name: string): Promise<string[]>;
  /**
   * The authorities that may issue certificates (RFC 8659). The search goes from the name upwards to the first answer.
   * Undefined if all authorities may.
   */
  certificateAuthorities(name: string): Promise<string[] | undefined>;
}

interface Zone {
  name: string;
  nameServers: string[];
  resolver: Resolver;
}

/** Another name server of the zone knows the same. */
const SERVERS_ASKED = 2;

/**
 * @param servers of this machine, if not its own
 * @param port what follows the address of a server that is not at port 53, such as `:5353`
 */
export function createDns({ servers, port = '' }: { servers?: string[]; port?: string } = {}): Dns {
  const { zoneOf, ask } = createZones(newResolver(servers, port), port);

  async function records<T>(name: string, question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> {
    return await known(ask(await zoneOf(name), question));
  }

  return {
    async zone(name) {
      const { name: at, nameServers } = await zoneOf(name);
      return { name: at, nameServers };
    },
    addresses: (name) => records(name, (resolver) => resolver.resolve4(name)),
    canonicalNames: (name) => records(name, (resolver) => resolver.resolveCname(name)),
    async certificateAuthorities(name) {
      for (let at = name; at.includes('.'); at = parentOf(at)) {
        const found = await records(at, (resolver) => resolver.resolveCaa(at));
        if (found.length > 0) return found.flatMap(({ issue }) => issue?.split(';')[0]?.trim() ?? []);
      }
      return undefined;
    },
  };
}

/** Finds the zone of a name, and asks the zone's own name servers. */
function createZones(ofMachine: Resolver, port: string) {
  async function ofZone(name: string, nameServers: string[]): Promise<Zone> {
    const asked = nameServers.slice(0, SERVERS_ASKED).map((one) => known(ofMachine.resolve4(one)));
    const addresses = (await Promise.all(asked)).flat();
    const resolver = addresses.length === 0 ? ofMachine : newResolver(addresses, port);
    return { name, nameServers: nameServers.map((one) => one.toLowerCase()), resolver };
  }

  /** Goes down from the registered domain. The resolver of this machine is only asked for names that exist. */
  async function zoneOf(name: string): Promise<Zone> {
    // A public suffix has no registered domain.
    let at = getDomain(name) ?? name;
    let nameServers = await known(ofMachine.resolveNs(at));
    for (; nameServers.length === 0 && at.includes('.'); nameServers = await known(ofMachine.resolveNs(at)))
      at = parentOf(at);
    let zone = await ofZone(at, nameServers);
    while (at !== name) {
      const child = childOf(at, name);
      const below = await delegation(zone, child);
      if (below === undefined) break;
      if (below.length > 0) zone = await ofZone(child, below);
      at = child;
    }
    return zone;
  }

  /** Undefined if the name does not exist. */
  async function delegation(zone: Zone, name: string): Promise<string[] | undefined> {
    try {
      return await ask(zone, (resolver) => resolver.resolveNs(name));
    } catch (error) {
      if (isCode(error, 'ENOTFOUND')) return undefined;
      // The zone's own servers only refer to those of a zone below, without an answer.
      if (isCode(error, 'ENODATA')) return await known(ofMachine.resolveNs(name));
      throw error;
    }
  }

  /** A network may let questions through to its own resolver only. That resolver then has to do. */
  async function ask<T>(zone: Zone, question: (resolver: Resolver) => Promise<T[]>): Promise<T[]> {
    try {
      return await question(zone.resolver);
    } catch (error) {
      if (!isCode(error, 'ETIMEOUT', 'ECONNREFUSED')) throw error;
      zone.resolver = ofMachine;
      return await question(ofMachine);
    }
  }

  return { zoneOf, ask };
}

function newResolver(servers: string[] | undefined, port: string): Resolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers) resolver.setServers(servers.map((one) => one + port));
  return resolver;
}

function parentOf(name: string): string {
  return name.split('.').slice(1).join('.');
}

/** The name one label below `at`, on the way to `name`. */
function childOf(at: string, name: string): string {
  const labels = name.split('.');
  return labels.slice(-at.split('.').length - 1).join('.');
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
