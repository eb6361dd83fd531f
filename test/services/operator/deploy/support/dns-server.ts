import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** The records of one name. Those of `*.app.example.com` are for every child without records of its own. */
export interface Records {
  A?: string[];
  NS?: string[];
  CNAME?: string[];
}

export interface DnsStandIn {
  port: number;
  /** Keyed by name. A name with `NS` is a zone, held by the servers at the addresses of these names. */
  records: Record<string, Records>;
  /** Names that end with SERVFAIL. */
  failing: Set<string>;
  /** What the resolver was asked, and did not know. It remembers that. */
  missed: Set<string>;
}

export const RESOLVER = '127.0.0.1';
/** The name servers of zones. The second holds zones that are delegated by the first. */
export const NAME_SERVERS = ['127.0.0.2', '127.0.0.3'];

const TYPES: Record<number, keyof Records> = { 1: 'A', 2: 'NS', 5: 'CNAME' };
const CODES = { answer: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };
type Reply = [code: keyof typeof CODES, type?: keyof Records | undefined, values?: string[] | undefined];

/** DNS on loopback until the test ends: a resolver that remembers, and name servers, each at its own address. */
export async function startDns(t: { teardown(fn: () => unknown): void }): Promise<DnsStandIn> {
  const dns: DnsStandIn = { port: 0, records: {}, failing: new Set(), missed: new Set() };
  for (const address of [RESOLVER, ...NAME_SERVERS]) {
    const socket = createSocket('udp4');
    socket.bind(dns.port, address);
    await once(socket, 'listening');
    dns.port = socket.address().port;
    t.teardown(() => new Promise<void>((resolve) => void socket.close(() => resolve())));
    serve(socket, (name, type) =>
      address === RESOLVER ? resolved(dns, name, type) : held(dns, address, name, type),
    );
  }
  return dns;
}

function serve(socket: Socket, reply: (name: string, type: keyof Records | undefined) => Reply): void {
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const end = at + 5;
    const [code, type, values = []] = reply(
      labels.join('.').toLowerCase(),
      TYPES[query.readUInt16BE(at + 1)],
    );
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | CODES[code], 2);
    for (const [offset, count] of [
      [4, 1],
      [6, values.length],
      [8, 0],
      [10, 0],
    ] as const)
      header.writeUInt16BE(count, offset);
    const answers = values.map((value) => record(type ?? 'A', value));
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address);
  });
}

/** A record of the name in the question. */
function record(type: keyof Records, value: string): Buffer {
  const data = {
    A: () => Buffer.from(value.split('.').map(Number)),
    NS: () => nameOf(value),
    CNAME: () => nameOf(value),
  }[type]();
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(Number(Object.entries(TYPES).find(([, one]) => one === type)?.[0]), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function nameOf(name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.');
  return Buffer.concat([
    ...labels.map((one) => Buffer.concat([Buffer.from([one.length]), Buffer.from(one)])),
    Buffer.from([0]),
  ]);
}

function resolved(dns: DnsStandIn, name: string, type: keyof Records | undefined): Reply {
  if (dns.failing.has(name)) return ['SERVFAIL'];
  const found = recordsOf(dns, name);
  if (dns.missed.has(name) || !found) {
    dns.missed.add(name);
    return ['NXDOMAIN'];
  }
  return ['answer', type, type && found[type]];
}

/** A name server answers for its own zones, and refers to others for the zones below them. */
function held(dns: DnsStandIn, address: string, name: string, type: keyof Records | undefined): Reply {
  if (dns.failing.has(name)) return ['SERVFAIL'];
  const zones = parents(name).filter((one) => dns.records[one]?.NS);
  const isHere = (zone: string) =>
    dns.records[zone]?.NS?.some((one) => dns.records[one.toLowerCase()]?.A?.includes(address));
  const [nearest = ''] = zones;
  if (!isHere(nearest)) return zones.some(isHere) ? ['answer'] : ['REFUSED'];
  const found = recordsOf(dns, name);
  if (!found) return ['NXDOMAIN'];
  // An alias to another zone is all that this server knows.
  if (found.CNAME && type !== 'CNAME') return ['answer', 'CNAME', found.CNAME];
  return ['answer', type, type && found[type]];
}

function recordsOf({ records }: DnsStandIn, name: string): Records | undefined {
  const isParent = Object.keys(records).some((one) => one.endsWith(`.${name}`) && !one.startsWith('*'));
  return records[name] ?? records[name.replace(/^[^.]+/, '*')] ?? (isParent ? {} : undefined);
}

/** A zone, held by the first name server. */
export function addZone({ records }: DnsStandIn, zone: string, nameServers: string[]): void {
  records[zone] = { NS: nameServers };
  for (const one of nameServers) records[one.toLowerCase()] = { A: NAME_SERVERS.slice(0, 1) };
}

function parents(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_label, index) => labels.slice(index).join('.'));
}
