import { isRecord } from '../template/shape.ts';

/** The functions of `cloudfront` that send a request to another origin (DG: helper methods for origin modification). */
export const ORIGIN_HELPERS = /\b(?:updateRequestOrigin|selectRequestOriginById|createRequestOriginGroup)\b/;

/** A change of the origin that a function made with these helpers. */
export type OriginChange =
  | { kind: 'select'; originId: string }
  | { kind: 'update'; changes: OriginUpdate }
  | { kind: 'group'; originIds: string[]; statuses: number[] };

/** The properties that are missing stay as the origin has them. */
export interface OriginUpdate {
  domainName?: string;
  path?: string;
  customHeaders?: Record<string, string>;
  connectionAttempts?: number;
  connectionTimeoutSeconds?: number;
  responseTimeoutSeconds?: number;
  isSigned?: boolean;
}

/**
 * @param text the JSON that the function's world wrote of the function's arguments
 * @throws Error for a change that CloudFront would not take
 */
export function parseOriginChange(text: string): OriginChange {
  const raw: unknown = JSON.parse(text);
  const { kind, argument } = isRecord(raw) ? raw : {};
  if (kind === 'select' && typeof argument === 'string') return { kind, originId: argument };
  if (kind === 'update' && isRecord(argument)) return { kind, changes: updateOf(argument) };
  if (kind === 'group' && isRecord(argument)) {
    const { originIds: members, failoverCriteria: criteria } = argument;
    const originIds = (Array.isArray(members) ? members : []).map((one: unknown) =>
      String(isRecord(one) ? one['originId'] : one),
    );
    const codes = isRecord(criteria) ? criteria['statusCodes'] : undefined;
    if (originIds.length === 2 && Array.isArray(codes))
      return { kind, originIds, statuses: codes.map(Number) };
  }
  throw new Error(`${String(kind)}: CloudFront would not take ${JSON.stringify(argument)}`);
}

function updateOf(argument: Record<string, unknown>): OriginUpdate {
  const { domainName, originPath, customHeaders, connectionAttempts, timeouts } = argument;
  const access = argument['originAccessControlConfig'];
  const { connectionTimeout, readTimeout } = isRecord(timeouts) ? timeouts : {};
  return {
    ...(typeof domainName === 'string' ? { domainName } : {}),
    ...(typeof originPath === 'string' ? { path: originPath.replace(/\/$/, '') } : {}),
    ...(isRecord(customHeaders) ? { customHeaders: headersOf(customHeaders) } : {}),
    ...(typeof connectionAttempts === 'number' ? { connectionAttempts } : {}),
    ...(typeof connectionTimeout === 'number' ? { connectionTimeoutSeconds: connectionTimeout } : {}),
    ...(typeof readTimeout === 'number' ? { responseTimeoutSeconds: readTimeout } : {}),
    ...(isRecord(access) ? { isSigned: access['enabled'] === true } : {}),
  };
}

function headersOf(given: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
