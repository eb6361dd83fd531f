import { isRecord, listOf, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { parse } from 'acorn';

export type Runtime = 'cloudfront-js-1.0' | 'cloudfront-js-2.0';

/**
 * How well it is known that a runtime refuses a feature. `said`: AWS names it among the restrictions, or as not supported.
 * `measured`: AWS's list of "all supported features" does not have it, and njs 0.8.9 refuses it. The runtime behaves as njs
 * does, and AWS does not say that it is njs.
 */
export type Known = 'said' | 'measured';

export interface Feature {
  /** The feature in words, with an example. */
  words: string;
  known: Known;
  line: number;
  /** One sentence. */
  do: string;
}

/** A node of ESTree. Which properties it has depends on its type. */
type Node = Record<string, unknown>;

interface Check {
  words: string;
  known: Known;
  do: string;
  /** Only this runtime refuses it. */
  only?: Runtime;
  /** @param declared the names that the code declares itself */
  has(node: Node, declared: ReadonlySet<string>): boolean;
}

/** The features of code that a runtime refuses, each once, at its first line. */
export function refusedFeatures(source: string, runtime: Runtime): Feature[] {
  const nodes = [...nodesIn(parsed(source))];
  const declared = new Set(nodes.flatMap(namesDeclaredBy));
  return CHECKS.filter(({ only }) => only === undefined || only === runtime).flatMap(
    ({ has, words, known, do: instead }) => {
      const found = nodes.find((node) => has(node, declared));
      return found ? [{ words, known, line: lineOf(found), do: instead }] : [];
    },
  );
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

function ofType(...types: string[]): Check['has'] {
  return ({ type }) => types.includes(textOf(type));
}

/** A variable of the language that the code does not declare itself. */
function variable(...names: string[]): Check['has'] {
  return ({ type, name }, declared) =>
    type === 'Identifier' && names.includes(textOf(name)) && !declared.has(textOf(name));
}

function property(...names: string[]): Check['has'] {
  return ({ type, computed, property: named }) =>
    type === 'MemberExpression' &&
    computed === false &&
    isRecord(named) &&
    names.includes(textOf(named['name']));
}

const NEWER = 'Set Runtime to cloudfront-js-2.0.';

const CHECKS: readonly Check[] = [
  {
    words: 'optional chaining (a?.b)',
    known: 'measured',
    has: ofType('ChainExpression'),
    do: 'Write a && a.b.',
  },
  {
    words: 'logical assignment (a ??= b)',
    known: 'measured',
    has: ({ type, operator }) =>
      type === 'AssignmentExpression' && ['??=', '||=', '&&='].includes(textOf(operator)),
    do: 'Write a = a || b.',
  },
  {
    words: 'destructuring (var { a } = b)',
    known: 'measured',
    has: ofType('ObjectPattern', 'ArrayPattern'),
    do: 'Write var a = b.a.',
  },
  {
    words: 'spread (f(...a))',
    known: 'measured',
    has: ofType('SpreadElement'),
    do: 'Use apply, concat or Object.assign.',
  },
  {
    words: 'a default parameter (function f(a = 1))',
    known: 'measured',
    has: ({ params }) => listOf(params).some((one) => isRecord(one) && one['type'] === 'AssignmentPattern'),
    do: 'Set the value in the body.',
  },
  {
    words: 'for…of',
    known: 'measured',
    has: ofType('ForOfStatement'),
    do: 'Write a for loop with an index, or forEach.',
  },
  {
    words: 'class',
    known: 'measured',
    has: ofType('ClassDeclaration', 'ClassExpression'),
    do: 'Use functions and objects.',
  },
  {
    words: 'a generator (function*)',
    known: 'measured',
    has: ({ generator }) => generator === true,
    do: 'Return an array.',
  },
  {
    words: 'catch without a variable',
    known: 'measured',
    has: ({ type, param }) => type === 'CatchClause' && param === null,
    do: 'Write catch (error).',
  },
  {
    words: 'a BigInt (1n)',
    known: 'measured',
    has: ({ bigint }) => typeof bigint === 'string',
    do: 'Use a number.',
  },
  {
    words: 'a flag of regular expressions (d, s, u or v)',
    known: 'measured',
    has: ({ regex }) => isRecord(regex) && /[dsuv]/.test(textOf(regex['flags'])),
    do: 'Write the expression without the flag.',
  },
  {
    words: 'Map or Set',
    known: 'measured',
    has: variable('Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef'),
    do: 'Use an object.',
  },
  {
    words: 'URL',
    known: 'measured',
    has: variable('URL', 'URLSearchParams'),
    do: 'Use event.request.querystring, or the querystring module.',
  },
  {
    words: 'Proxy, Reflect, Intl or structuredClone',
    known: 'measured',
    has: variable('Proxy', 'Reflect', 'Intl', 'structuredClone'),
    do: 'Write it without.',
  },
  {
    words: 'Object.fromEntries',
    known: 'measured',
    has: property('fromEntries'),
    do: 'Fill an object in a loop.',
  },
  {
    words: 'eval or new Function',
    known: 'said',
    has: variable('eval', 'Function'),
    do: 'Write the code itself.',
  },
  {
    words: 'a timer or a request to the network',
    known: 'said',
    has: variable('setTimeout', 'setInterval', 'fetch', 'XMLHttpRequest'),
    do: 'Do that in Lambda@Edge, or at the origin.',
  },
  {
    words: 'const or let',
    known: 'said',
    only: 'cloudfront-js-1.0',
    has: ({ type, kind }) => type === 'VariableDeclaration' && kind !== 'var',
    do: NEWER,
  },
  {
    words: 'async or await',
    known: 'said',
    only: 'cloudfront-js-1.0',
    has: ({ type, async: isAsync }) => isAsync === true || type === 'AwaitExpression',
    do: NEWER,
  },
  {
    words: 'import',
    known: 'said',
    only: 'cloudfront-js-1.0',
    has: ofType('ImportDeclaration'),
    do: NEWER,
  },
  {
    words: 'Buffer, atob or btoa',
    known: 'said',
    only: 'cloudfront-js-1.0',
    has: variable('Buffer', 'atob', 'btoa'),
    do: NEWER,
  },
  {
    words: 'a method of strings that only runtime 1.0 has (bytesFrom, fromBytes, fromUTF8, toBytes, toUTF8)',
    known: 'said',
    only: 'cloudfront-js-2.0',
    has: property('bytesFrom', 'fromBytes', 'fromUTF8', 'toBytes', 'toUTF8'),
    do: 'Use Buffer.',
  },
];
