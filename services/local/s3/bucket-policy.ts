import type {
  ResolvedTemplate,
  Resource,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import type { Principal } from '../store/credentials.ts';

export interface AccessRequest {
  principal: Principal;
  /** Such as `s3:GetObject`. */
  action: string;
  /** ARN. */
  resource: string;
  /** Condition keys that neither the principal nor this machine gives, in lower case. */
  context?: Record<string, string>;
}

type Operator = 'StringEquals' | 'StringLike' | 'Bool' | 'ArnNotEquals';

interface Statement {
  effect: 'Allow' | 'Deny';
  /** In a bucket policy only: a service, or everybody. */
  principal: { service: string[] } | 'everybody' | undefined;
  actions: string[];
  resources: string[];
  conditions: { operator: Operator; key: string; values: string[] }[];
}

const OPERATORS: readonly Operator[] = ['StringEquals', 'StringLike', 'Bool', 'ArnNotEquals'];
/** The condition key of an object's tag, up to the tag's own key. */
export const EXISTING_TAG = 's3:existingobjecttag/';
const CONDITION_KEYS = ['aws:sourcearn', 'aws:principalarn', 'aws:securetransport', 's3:prefix'];
const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];

/**
 * Decides as IAM does (IAM User Guide, "Policy evaluation logic"). An explicit Deny of the bucket policy wins.
 * Otherwise something must allow: a role needs its own policies, a service needs the bucket policy. The operator of
 * this machine needs no policy. An element, operator or condition key that is not modelled here throws by name, so that
 * nothing is allowed by a misunderstanding.
 * @param roles logical ids of the roles whose requests will come
 */
export function createAuthorizer(
  template: ResolvedTemplate,
  { bucket, accountId }: { bucket: string; accountId: string },
  roles: readonly string[],
): (request: AccessRequest) => boolean {
  const bucketStatements = template
    .ofType('AWS::S3::BucketPolicy')
    .filter(({ properties }) => properties['Bucket'] === bucket)
    .flatMap(({ logicalId, properties }) => parsePolicy(properties['PolicyDocument'], logicalId, true));
  const roleStatements = new Map(roles.map((role) => [role, policiesOfRole(template, role)]));

  return ({ principal, action, resource, context = {} }) => {
    const known: Record<string, string> = {
      ...context,
      // Requests count as TLS: they never leave this machine.
      'aws:securetransport': 'true',
      ...(principal.kind === 'service' ? { 'aws:sourcearn': principal.sourceArn } : {}),
    };
    const applies = (statement: Statement, more: Record<string, string> = {}) =>
      matches(statement, { principal, action, resource, context: { ...known, ...more } });
    const asEach =
      principal.kind === 'role'
        ? principal.logicalIds.map((role) => ({ 'aws:principalarn': arnOf(role) }))
        : [{}];
    // A process that stands for several roles is refused what one of them is refused.
    const isDenied = (statement: Statement) =>
      statement.effect === 'Deny' && asEach.some((identity) => applies(statement, identity));
    if (bucketStatements.some(isDenied)) return false;
    if (principal.kind === 'operator') return true;
    const own =
      principal.kind === 'role'
        ? principal.logicalIds.flatMap((role) => roleStatements.get(role) ?? [])
        : bucketStatements;
    const applying = own.filter((statement) => applies(statement));
    return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
  };

  /** As `Fn::GetAtt` gives it. */
  function arnOf(role: string): string {
    return `arn:aws:iam::${accountId}:role/${roleNamed(template, role).ref}`;
  }
}

function roleNamed(template: ResolvedTemplate, role: string): Resource {
  const found = template.ofType('AWS::IAM::Role').find(({ logicalId }) => logicalId === role);
  if (!found) throw new Error(`policies: the template has no role ${role}`);
  return found;
}

function policiesOfRole(template: ResolvedTemplate, role: string): Statement[] {
  const found = roleNamed(template, role);
  for (const property of ['Policies', 'ManagedPolicyArns', 'PermissionsBoundary']) {
    if (found.properties[property] !== undefined)
      throw new Error(`policies: ${property} of the role ${role} is not modelled`);
  }
  return template
    .ofType('AWS::IAM::Policy')
    .filter(({ properties }) => toList(properties['Roles']).includes(found.ref))
    .flatMap(({ logicalId, properties }) => parsePolicy(properties['PolicyDocument'], logicalId, false));
}

function matches(
  { principal: named, actions, resources, conditions }: Statement,
  { principal, action, resource, context }: Required<AccessRequest>,
): boolean {
  if (typeof named === 'object') {
    if (principal.kind !== 'service' || !named.service.includes(principal.service)) return false;
  }
  return (
    actions.some((pattern) => isLike(pattern.toLowerCase(), action.toLowerCase())) &&
    resources.some((pattern) => isLike(pattern, resource)) &&
    conditions.every(({ operator, key, values }) => {
      const value = context[key];
      // IAM User Guide, "Condition operators": a negated one also holds if there is no such key.
      if (operator === 'ArnNotEquals')
        return value === undefined || !values.some((arn) => isLike(arn, value));
      if (value === undefined) return false;
      return values.some((wanted) => {
        if (operator === 'StringLike') return isLike(wanted, value);
        return operator === 'Bool' ? wanted.toLowerCase() === value : wanted === value;
      });
    })
  );
}

/** `*` matches any run of characters, `?` any one character. */
export function isLike(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(text);
}

/** The statements about S3. */
function parsePolicy(document: unknown, where: string, hasPrincipal: boolean): Statement[] {
  return toRecords((document as { Statement?: unknown } | undefined)?.Statement)
    .filter(
      ({ Action: action }) =>
        action === undefined || toList(action).some((name) => name === '*' || /^s3:/i.test(name)),
    )
    .map((raw) => parseStatement(raw, where, hasPrincipal));
}

function parseStatement(raw: Record<string, unknown>, where: string, hasPrincipal: boolean): Statement {
  const unknownElement = Object.keys(raw).find((element) => !ELEMENTS.includes(element));
  if (unknownElement !== undefined) throw notModelled(where, unknownElement);
  const effect = raw['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw notModelled(where, `Effect ${effect}`);
  const principal = hasPrincipal ? parsePrincipal(raw['Principal'], where) : undefined;
  // S3 refuses such a policy if public access is blocked.
  if (principal === 'everybody' && effect === 'Allow') throw notModelled(where, 'an Allow for everybody');
  return {
    effect,
    principal,
    actions: toList(raw['Action']),
    resources: toList(raw['Resource']),
    conditions: Object.entries(raw['Condition'] ?? {}).flatMap(([name, byKey]) => {
      const operator = OPERATORS.find((known) => known === name);
      if (operator === undefined) throw notModelled(where, `the operator ${name}`);
      return Object.entries(byKey ?? {}).map(([rawKey, value]) => {
        const key = rawKey.toLowerCase();
        if (!CONDITION_KEYS.includes(key) && !key.startsWith(EXISTING_TAG))
          throw notModelled(where, `the condition key ${rawKey}`);
        const values = toList(value);
        if (values.some((text) => text.includes('${'))) throw notModelled(where, 'a policy variable');
        return { operator, key, values };
      });
    }),
  };
}

function parsePrincipal(raw: unknown, where: string): Statement['principal'] {
  const { Service: service, AWS: aws, ...rest } = raw === '*' ? { AWS: '*' } : (toRecords(raw)[0] ?? {});
  if (Object.keys(rest).length === 0 && aws === '*' && service === undefined) return 'everybody';
  if (Object.keys(rest).length === 0 && aws === undefined && service !== undefined)
    return { service: toList(service) };
  throw notModelled(where, `the principal ${JSON.stringify(raw)}`);
}

function notModelled(where: string, what: string): Error {
  return new Error(`policies: ${where} has ${what}, which is not modelled`);
}

function toList(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}

function toRecords(value: unknown): Record<string, unknown>[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (item): item is Record<string, unknown> => typeof item === 'object' && item !== null,
  );
}
