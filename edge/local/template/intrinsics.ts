/** A value that only AWS knows, or that is not modelled. The reader of the value reports it by its path. */
export class Unresolved {
  readonly reason: string;
  /** The name under which the caller can give the value, if that is possible. */
  readonly valueName: string | undefined;

  constructor(reason: string, valueName?: string) {
    this.reason = reason;
    this.valueName = valueName;
  }
}

/** The questions that intrinsic functions ask their template. */
export interface Scope {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean | Unresolved;
  mapping(map: string, first: string, second: string): unknown;
  imported(name: string): unknown;
}

const NO_VALUE = Symbol('AWS::NoValue');

/** The value of `Ref: AWS::NoValue`: the property is not there. */
export const noValue: unknown = NO_VALUE;

/**
 * A value in which every intrinsic function is resolved, as far as possible (CloudFormation reference: intrinsic
 * functions).
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined && (name === 'Ref' || /^Fn::|^Condition$/.test(name))) {
    if (name !== 'Condition' || typeof argument === 'string') return intrinsic(name, argument, scope);
  }
  const pairs = entries.map(([key, inner]): [string, unknown] => [key, resolve(inner, scope)]);
  return Object.fromEntries(pairs.filter(([, inner]) => inner !== NO_VALUE));
}

function intrinsic(name: string, argument: unknown, scope: Scope): unknown {
  if (name === 'Ref' && typeof argument === 'string') return scope.ref(argument);
  if (name === 'Condition') return scope.condition(String(argument));
  if (name === 'Fn::Sub') return substitute(argument, scope);
  if (name === 'Fn::GetAtt' && typeof argument === 'string') return named(argument, scope);
  // Only the chosen branch is resolved. The other branch may name something that does not exist.
  if (name === 'Fn::If' && Array.isArray(argument)) {
    const holds = scope.condition(String(argument[0]));
    return holds instanceof Unresolved ? holds : resolve(argument[holds ? 1 : 2], scope);
  }
  const args = resolve(argument, scope);
  const unknown = unresolvedIn(args);
  if (unknown) return unknown;
  const found = FUNCTIONS[name]?.(Array.isArray(args) ? args : [args], scope);
  return found === undefined ? new Unresolved(`the intrinsic ${name} is not modelled`) : found;
}

/** The functions get resolved arguments. They give `undefined` for arguments that they do not take. */
const FUNCTIONS: Record<string, (args: unknown[], scope: Scope) => unknown> = {
  'Fn::GetAtt': ([id, name], scope) => scope.attribute(String(id), String(name)),
  'Fn::Join': ([by, parts]) => (Array.isArray(parts) ? parts.map(String).join(String(by)) : undefined),
  'Fn::Split': ([by, text]) => String(text).split(String(by)),
  'Fn::Select': ([index, parts]) => (Array.isArray(parts) ? parts[Number(index)] : undefined),
  'Fn::Base64': ([text]) => Buffer.from(String(text)).toString('base64'),
  'Fn::ImportValue': ([name], scope) => scope.imported(String(name)),
  'Fn::FindInMap': ([map, first, second], scope) => scope.mapping(String(map), String(first), String(second)),
  'Fn::Equals': ([one, other]) => String(one) === String(other),
  'Fn::Not': ([value]) => !value,
  'Fn::And': (all) => all.every(Boolean),
  'Fn::Or': (all) => all.some(Boolean),
};

function substitute(argument: unknown, scope: Scope): unknown {
  const [text, rawValues] = Array.isArray(argument) ? argument : [argument, {}];
  const values = resolve(rawValues, scope);
  const own = new Map(Object.entries(typeof values === 'object' && values !== null ? values : {}));
  let unknown: Unresolved | undefined;
  const whole = String(text).replace(/\$\{(!?)([^}]+)\}/g, (_whole, isLiteral: string, name: string) => {
    if (isLiteral) return `\${${name}}`;
    const found = own.has(name) ? own.get(name) : named(name, scope);
    if (found instanceof Unresolved) unknown ??= found;
    return String(found);
  });
  return unknown ?? whole;
}

/** `LogicalId.Attribute`, or what `Ref` gives. */
function named(name: string, scope: Scope): unknown {
  const [logicalId = '', ...attribute] = name.split('.');
  return attribute.length === 0 ? scope.ref(name) : scope.attribute(logicalId, attribute.join('.'));
}

/** The first part that could not be resolved. */
export function unresolvedIn(value: unknown): Unresolved | undefined {
  if (value instanceof Unresolved) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const found = unresolvedIn(inner);
    if (found) return found;
  }
  return undefined;
}
