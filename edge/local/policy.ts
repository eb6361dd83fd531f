import { BlockList, isIPv4 } from 'node:net';
import { coversUrl } from './resource-pattern.ts';
import { isRecord } from './shape.ts';

/** What one Statement of a custom or canned policy says. */
export interface Policy {
  /** Left out, it means everything that the key may sign. */
  resource?: string;
  lessThanEpoch: number;
  greaterThanEpoch?: number;
  /** One IPv4 range, or address. */
  sourceIp?: string;
}

/** CloudFront takes no later time than 2038-01-19 (DG: custom policy); milliseconds are always later. */
const MAX_EPOCH = 2_147_483_647;

/** @returns undefined for what CloudFront calls a malformed policy */
export function parsePolicy(bytes: Buffer): Policy | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isRecord(parsed) || !hasOnly(parsed, ['Statement'])) return undefined;
  const statements = parsed['Statement'];
  if (!Array.isArray(statements) || statements.length !== 1) return undefined;
  const statement: unknown = statements[0];
  if (!isRecord(statement) || !hasOnly(statement, ['Resource', 'Condition'])) return undefined;
  const { Resource: resource, Condition: condition } = statement;
  if (resource !== undefined && typeof resource !== 'string') return undefined;
  if (!isRecord(condition) || !hasOnly(condition, ['DateLessThan', 'DateGreaterThan', 'IpAddress'])) {
    return undefined;
  }
  const lessThanEpoch = parseEpoch(condition['DateLessThan']);
  const greaterThanEpoch = parseEpoch(condition['DateGreaterThan']);
  const sourceIp = parseRange(condition['IpAddress']);
  if (lessThanEpoch === undefined) return undefined;
  if (condition['DateGreaterThan'] !== undefined && greaterThanEpoch === undefined) return undefined;
  if (condition['IpAddress'] !== undefined && sourceIp === undefined) return undefined;
  return {
    lessThanEpoch,
    ...(resource === undefined ? {} : { resource }),
    ...(greaterThanEpoch === undefined ? {} : { greaterThanEpoch }),
    ...(sourceIp === undefined ? {} : { sourceIp }),
  };
}

/** The policy that CloudFront puts together for a canned one (DG: canned policy). */
export function cannedPolicyText(url: string, rawExpires: string): string {
  return `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${rawExpires}}}}]}`;
}

/** Whether a policy whose signature is good lets this request in now. */
export function allows(
  policy: Policy,
  request: { url: string; ipAddress: string; kind: 'url' | 'cookies' },
  nowEpoch: number,
): boolean {
  if (nowEpoch >= policy.lessThanEpoch) return false;
  if (policy.greaterThanEpoch !== undefined && nowEpoch <= policy.greaterThanEpoch) return false;
  if (policy.sourceIp !== undefined && !isInRange(request.ipAddress, policy.sourceIp)) return false;
  return policy.resource === undefined || coversUrl(policy.resource, request.url, request.kind);
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

function parseRange(raw: unknown): string | undefined {
  const range = isRecord(raw) && hasOnly(raw, ['AWS:SourceIp']) ? raw['AWS:SourceIp'] : undefined;
  if (typeof range !== 'string') return undefined;
  const [address = '', bits = '32', ...more] = range.split('/');
  if (more.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return undefined;
  return `${address}/${bits}`;
}

function isInRange(ipAddress: string, range: string): boolean {
  if (!isIPv4(ipAddress)) return false;
  const [address = '', bits = ''] = range.split('/');
  // BlockList takes no range of 0 bits.
  if (Number(bits) === 0) return true;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), 'ipv4');
  return list.check(ipAddress, 'ipv4');
}
