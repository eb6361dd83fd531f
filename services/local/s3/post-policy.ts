import type { KnownCredential } from '../credentials.ts';
import { checkScope, deriveSigningKey, isSignatureOf, type SignatureScope } from '../sigv4.ts';
import { ALGORITHM } from '../sigv4-claim.ts';
import { accessDenied, S3Error } from './error.ts';

/** The fields of a form, by lower-case name. */
export type FormFields = ReadonlyMap<string, string>;

/** What the size of the file must be, in bytes. */
export interface SizeRange {
  least: number;
  most: number;
}

type Condition =
  | { kind: 'eq' | 'starts-with'; field: string; value: string; text: string }
  | ({ kind: 'content-length-range' } & SizeRange);

/** Fields that need no condition (Amazon S3 API Reference, "Creating a POST policy"). */
const UNCOVERED = ['x-amz-signature', 'file', 'policy', 'bucket'];

/**
 * Checks a form against its own signed policy (Amazon S3 API Reference, "Browser-based uploads using POST (AWS
 * Signature Version 4)").
 * @param bucket the bucket that the form was posted to
 * @returns whose form it is, and what the file's size must be
 * @throws S3Error, SignatureError
 */
export function checkPostPolicy(
  fields: FormFields,
  bucket: string,
  credentials: readonly KnownCredential[],
  scope: SignatureScope,
  nowMs: number,
): { credential: KnownCredential; sizeRange: SizeRange } {
  const policy = fields.get('policy');
  const signature = fields.get('x-amz-signature');
  if (policy === undefined || signature === undefined || fields.get('x-amz-algorithm') !== ALGORITHM) {
    throw accessDenied();
  }
  const date = fields.get('x-amz-date') ?? '';
  const { credential } = checkScope(fields.get('x-amz-credential') ?? '', date, credentials, scope);
  if (
    !isSignatureOf(signature, deriveSigningKey(credential.secretAccessKey, date.slice(0, 8), scope), policy)
  ) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  const { expiresAtMs, conditions } = parsePolicy(policy);
  if (nowMs >= expiresAtMs) throw accessDenied('Invalid according to Policy: Policy expired.');
  checkConditions(conditions, new Map([...fields, ['bucket', bucket]]));
  const ranges = conditions.filter((condition) => condition.kind === 'content-length-range');
  return {
    credential,
    sizeRange: {
      least: Math.max(0, ...ranges.map(({ least }) => least)),
      most: Math.min(5 * 1024 ** 3, ...ranges.map(({ most }) => most)),
    },
  };
}

function checkConditions(conditions: readonly Condition[], fields: FormFields): void {
  const covered = new Set(UNCOVERED);
  for (const condition of conditions) {
    if (condition.kind === 'content-length-range') continue;
    const value = fields.get(condition.field) ?? '';
    const holds = condition.kind === 'eq' ? value === condition.value : value.startsWith(condition.value);
    if (!holds) throw accessDenied(`Invalid according to Policy: Policy Condition failed: ${condition.text}`);
    covered.add(condition.field);
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !name.startsWith('x-ignore-'));
  if (extra.length > 0)
    throw accessDenied(`Invalid according to Policy: Extra input fields: ${extra.join(', ')}`);
}

function parsePolicy(base64: string): { expiresAtMs: number; conditions: Condition[] } {
  let policy: { expiration?: unknown; conditions?: unknown } | null;
  try {
    policy = JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as typeof policy;
  } catch (cause) {
    throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.', cause);
  }
  const { expiration, conditions } = policy ?? {};
  const isTime =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(expiration);
  const expiresAtMs = isTime ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(expiresAtMs) || !Array.isArray(conditions)) {
    throw new S3Error('InvalidPolicyDocument', "Invalid Policy: Invalid 'expiration' or 'conditions'.");
  }
  return { expiresAtMs, conditions: conditions.flatMap(parseCondition) };
}

function parseCondition(raw: unknown): Condition[] {
  const text = JSON.stringify(raw);
  if (Array.isArray(raw) && raw.length === 3) {
    const [kind, first, second] = raw;
    if (kind === 'content-length-range' && isSize(first) && isSize(second)) {
      return [{ kind, least: Number(first), most: Number(second) }];
    }
    if (
      (kind === 'eq' || kind === 'starts-with') &&
      typeof first === 'string' &&
      first.startsWith('$') &&
      typeof second === 'string'
    ) {
      return [{ kind, field: first.slice(1).toLowerCase(), value: second, text }];
    }
  } else if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) {
    return Object.entries(raw).map(([name, value]) => {
      if (typeof value !== 'string') throw invalidCondition(text);
      return {
        kind: 'eq',
        field: name.toLowerCase(),
        value,
        text: JSON.stringify(['eq', `$${name}`, value]),
      };
    });
  }
  throw invalidCondition(text);
}

/** A number, or one in a string as some clients write it. */
function isSize(value: unknown): boolean {
  return /^\d{1,15}$/.test(String(value));
}

function invalidCondition(text: string): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: Invalid condition: ${text}`);
}
