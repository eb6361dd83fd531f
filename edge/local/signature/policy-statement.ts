import { isIPv4 } from 'node:net';
import { DEFAULT_ASSUMPTIONS } from '../assumptions.ts';
import { isRecord } from '../template/shape.ts';
import { type Section, uncoveredSection } from './resource-pattern.ts';

/** The content of the one Statement of a custom or canned policy. */
export interface Policy {
  /** If it is missing, the policy is for everything that the key may sign. */
  resource?: string | undefined;
  lessThanEpoch: number;
  greaterThanEpoch?: number | undefined;
  /** One IPv4 range. */
  sourceIp?: Ipv4Range | undefined;
}

interface Ipv4Range {
  /** The range as it was written, always with its bits. */
  text: string;
  network: number;
  mask: number;
}

/** CloudFront takes no time after 2038-01-19 (DG: custom policy). A time in milliseconds is always later. */
const MAX_EPOCH = 2_147_483_647;

const CONDITIONS = ['DateLessThan', 'DateGreaterThan', 'IpAddress'] as const;

/** The part of a policy because of which CloudFront refuses it. */
export type PolicyFault = 'JSON' | 'Statement' | 'Resource' | 'Condition' | (typeof CONDITIONS)[number];

/** @returns the policy, or the faulty part of a policy that CloudFront calls malformed */
export function parsePolicy(bytes: Buffer, assumptions = DEFAULT_ASSUMPTIONS): Policy | PolicyFault {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return 'JSON';
  }
  if (!isRecord(parsed) || !hasOnly(parsed, ['Statement'])) return 'Statement';
  const statements = parsed['Statement'];
  if (!Array.isArray(statements) || statements.length !== 1) return 'Statement';
  const statement: unknown = statements[0];
  if (!isRecord(statement) || !hasOnly(statement, ['Resource', 'Condition'])) return 'Statement';
  const { Resource: resource, Condition: condition } = statement;
  if (resource !== undefined && typeof resource !== 'string') return 'Resource';
  if (!isRecord(condition) || !hasOnly(condition, CONDITIONS)) return 'Condition';
  const lessThanEpoch = parseEpoch(condition['DateLessThan']);
  const greaterThanEpoch = parseEpoch(condition['DateGreaterThan']);
  const sourceIp = parseRange(condition['IpAddress'], assumptions.addressWithoutMask);
  if (lessThanEpoch === undefined) return 'DateLessThan';
  if (condition['DateGreaterThan'] !== undefined && greaterThanEpoch === undefined) return 'DateGreaterThan';
  if (condition['IpAddress'] !== undefined && sourceIp === undefined) return 'IpAddress';
  return { lessThanEpoch, resource, greaterThanEpoch, sourceIp };
}

/** The policy that CloudFront makes for a canned policy (DG: canned policy). */
export function cannedPolicyText(url: string, rawExpires: string): string {
  return `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${rawExpires}}}}]}`;
}

/** The clause because of which a policy refuses a request: a condition, or a section of Resource. */
export type PolicyClause = 'expired' | 'not_yet_valid' | 'ip_address' | `resource_${Section}`;

/** The clause by which a policy with a good signature refuses this request now. Undefined if the policy lets it in. */
export function refusingClause(
  policy: Policy,
  request: { url: string; ipAddress: string; kind: 'url' | 'cookies' },
  nowEpoch: number,
  assumptions = DEFAULT_ASSUMPTIONS,
): PolicyClause | undefined {
  const { lessThanEpoch, greaterThanEpoch, sourceIp, resource } = policy;
  if (nowEpoch >= lessThanEpoch) return 'expired';
  if (greaterThanEpoch !== undefined && nowEpoch <= greaterThanEpoch) return 'not_yet_valid';
  if (sourceIp !== undefined && !isInRange(request.ipAddress, sourceIp)) return 'ip_address';
  const section =
    resource === undefined ? undefined : uncoveredSection(resource, request.url, request.kind, assumptions);
  return section === undefined ? undefined : `resource_${section}`;
}

function hasOnly(record: Record<string, unknown>, names: readonly string[]): boolean {
  return Object.keys(record).every((name) => names.includes(name));
}

function parseEpoch(raw: unknown): number | undefined {
  const epoch = isRecord(raw) && hasOnly(raw, ['AWS:EpochTime']) ? raw['AWS:EpochTime'] : undefined;
  if (typeof epoch !== 'number' || !Number.isInteger(epoch) || epoch < 0 || epoch > MAX_EPOCH)
    return undefined;
  return epoch;
}

function parseRange(raw: unknown, isMaskOptional: boolean): Ipv4Range | undefined {
  const range = isRecord(raw) && hasOnly(raw, ['AWS:SourceIp']) ? raw['AWS:SourceIp'] : undefined;
  if (typeof range !== 'string') return undefined;
  const [address = '', bits = isMaskOptional ? '32' : '', ...more] = range.split('/');
  if (more.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  // A shift by 32 bits does not shift at all.
  const mask = Number(bits) === 0 ? 0 : -1 << (32 - Number(bits));
  return { text: `${address}/${bits}`, network: ipv4Bits(address) & mask, mask };
}

function isInRange(ipAddress: string, { network, mask }: Ipv4Range): boolean {
  return isIPv4(ipAddress) && (ipv4Bits(ipAddress) & mask) === network;
}

function ipv4Bits(address: string): number {
  return Buffer.from(address.split('.').map(Number)).readInt32BE();
}
