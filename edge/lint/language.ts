import { isRecord, listOf, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { parse } from 'acorn';

export interface Feature {
  /** The feature in words, with an example. */
  words: string;
  /** Whether AWS names it among the restrictions, or as not supported. */
  isSaid: boolean;
  line: number;
  /** What to write instead, in one sentence. */
  do: string;
}

/** A node of ESTree. Which properties it has depends on its type. */
type Node = Record<string, unknown>;
/** @param declared the names that the code declares itself */
type Has = (node: Node, declared: ReadonlySet<string>) => boolean;
type Check = [words: string, has: Has, instead: string];

/** The features of code that a runtime refuses, each once, at its first line. */
export function refusedFeatures(source: string, isRuntime1: boolean): Feature[] {
  const nodes = [...nodesIn(parsed(source))];
  const declared = new Set(nodes.flatMap(namesDeclaredBy));
  const find = (checks: readonly Check[], isSaid: boolean) =>
    checks.flatMap(([words, has, instead]) => {
      const found = nodes.find((node) => has(node, declared));
      return found ? [{ words, isSaid, line: lineOf(found), do: instead }] : [];
    });
  return [...find(MEASURED, false), ...find(SAID, true), ...find(isRuntime1 ? ONLY_2 : ONLY_1, true)];
}

/** Undefined for text that is not JavaScript: another rule tells that. */
function parsed(source: string): unknown {
  try {
    return parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  } catch {
    return undefined;
  }
}

/** A node and all nodes in it, in the order of the source. Names of properties are no nodes of their own. */
function* nodesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesIn(item);
  if (!isRecord(value) || typeof value['type'] !== 'string') return;
  yield value;
  const isNamed = value['computed'] === false && value['shorthand'] !== true;
  for (const [name, inner] of Object.entries(value))
    if (!(isNamed && (name === 'key' || name === 'property'))) yield* nodesIn(inner);
}

function lineOf({ loc }: Node): number {
  const start = isRecord(loc) ? loc['start'] : undefined;
  return isRecord(start) ? Number(start['line']) : 0;
}

function namesDeclaredBy({ type, id, local, param, params }: Node): string[] {
  const isDeclaring =
    type === 'CatchClause' || /^(?:VariableDeclarator|Function|Class|ArrowF|Import)/.test(textOf(type));
  if (!isDeclaring) return [];
  return [...nodesIn([id, local, param, ...listOf(params)])].flatMap((node) =>
    node['type'] === 'Identifier' ? textOf(node['name']) : [],
  );
}

function ofType(...types: string[]): Has {
  return ({ type }) => types.includes(textOf(type));
}

/** A variable of the language that the code does not declare itself. */
function variable(...names: string[]): Has {
  return ({ type, name }, declared) =>
    type === 'Identifier' && names.includes(textOf(name)) && !declared.has(textOf(name));
}

function property(...names: string[]): Has {
  return ({ type, computed, property: named }) =>
    type === 'MemberExpression' &&
    computed === false &&
    isRecord(named) &&
    names.includes(textOf(named['name']));
}

/** AWS's list of "all supported features" does not have these, and njs 0.8.9, which the runtime resembles, refuses them. */
const MEASURED: readonly Check[] = [
  ['optional chaining (a?.b)', ofType('ChainExpression'), 'Write a && a.b.'],
  [
    'logical assignment (a ??= b)',
    ({ type, operator }) => type === 'AssignmentExpression' && /^(?:\?\?|\|\||&&)=$/.test(textOf(operator)),
    'Write a = a || b.',
  ],
  ['destructuring (var { a } = b)', ofType('ObjectPattern', 'ArrayPattern'), 'Write var a = b.a.'],
  ['spread (f(...a))', ofType('SpreadElement'), 'Use apply, concat or Object.assign.'],
  [
    'a default parameter (function f(a = 1))',
    ({ params }) => listOf(params).some((one) => isRecord(one) && one['type'] === 'AssignmentPattern'),
    'Set the value in the body.',
  ],
  ['for…of', ofType('ForOfStatement'), 'Write a for loop with an index, or forEach.'],
  ['class', ofType('ClassDeclaration', 'ClassExpression'), 'Use functions and objects.'],
  ['a generator (function*)', ({ generator }) => generator === true, 'Return an array.'],
  [
    'catch without a variable',
    ({ type, param }) => type === 'CatchClause' && param === null,
    'Write catch (error).',
  ],
  ['a BigInt (1n)', ({ bigint }) => typeof bigint === 'string', 'Use a number.'],
  [
    'a flag of regular expressions (d, s, u or v)',
    ({ regex }) => isRecord(regex) && /[dsuv]/.test(textOf(regex['flags'])),
    'Write the expression without the flag.',
  ],
  ['Map or Set', variable('Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef'), 'Use an object.'],
  ['URL', variable('URL', 'URLSearchParams'), 'Use event.request.querystring, or the querystring module.'],
  [
    'Proxy, Reflect, Intl or structuredClone',
    variable('Proxy', 'Reflect', 'Intl', 'structuredClone'),
    'Write it without.',
  ],
  ['Object.fromEntries', property('fromEntries'), 'Fill an object in a loop.'],
];

/** AWS names these among the restrictions, or as not supported. */
const SAID: readonly Check[] = [
  ['eval or new Function', variable('eval', 'Function'), 'Write the code itself.'],
  [
    'a timer or a request to the network',
    variable('setTimeout', 'setInterval', 'fetch', 'XMLHttpRequest'),
    'Do that in Lambda@Edge, or at the origin.',
  ],
];

const NEWER = 'Set Runtime to cloudfront-js-2.0.';
/** Runtime 1.0 does not have these. */
const ONLY_2: readonly Check[] = [
  ['const or let', ({ type, kind }) => type === 'VariableDeclaration' && kind !== 'var', NEWER],
  ['async or await', ({ type, async: isAsync }) => isAsync === true || type === 'AwaitExpression', NEWER],
  ['import', ofType('ImportDeclaration'), NEWER],
  ['Buffer, atob or btoa', variable('Buffer', 'atob', 'btoa'), NEWER],
];
/** Runtime 2.0 has dropped these. */
const ONLY_1: readonly Check[] = [
  [
    'a method of strings that only runtime 1.0 has (bytesFrom, fromBytes, fromUTF8, toBytes, toUTF8)',
    property('bytesFrom', 'fromBytes', 'fromUTF8', 'toBytes', 'toUTF8'),
    'Use Buffer.',
  ],
];
