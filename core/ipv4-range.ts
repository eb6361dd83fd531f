import { GatewayError } from './errors.ts';

declare const ipv4RangeBrand: unique symbol;
/** An IPv4 range in CIDR notation (RFC 4632): a network without host bits. */
export type Ipv4Range = string & { readonly [ipv4RangeBrand]: true };

const NUMBER = '(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])';
const RANGE = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:/([12]?\\d|3[0-2]))?$`);

/**
 * Parses one address or a range. Address bits outside the network are cleared.
 * @throws GatewayError bad_request
 */
export function parseIpv4Range(rawRange: string): Ipv4Range {
  const match = RANGE.exec(rawRange);
  if (!match) {
    throw new GatewayError('bad_request', {
      detail: 'ip must be an IPv4 address or range, such as 192.0.2.1 or 192.0.2.0/24.',
    });
  }
  const bits = Number(match[5] ?? 32);
  const network = match.slice(1, 5).map((part, index) => {
    const own = Math.min(8, Math.max(0, bits - 8 * index));
    return Number(part) & (0xff << (8 - own));
  });
  return `${network.join('.')}/${bits}` as Ipv4Range;
}
