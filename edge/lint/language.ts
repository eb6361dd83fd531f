import { type Token, tokensOf } from './tokens.ts';

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

interface Check {
  words: string;
  known: Known;
  do: string;
  /** Only this runtime refuses it. */
  only?: Runtime;
  /** The index of a token that has the feature. */
  find(code: Code): number;
}

/** Code, with what each bracket belongs to. */
interface Code {
  tokens: readonly Token[];
  /** The other bracket of each bracket. */
  partners: ReadonlyMap<number, number>;
  /** The opening brackets around the parameters of functions. */
  parameters: ReadonlySet<number>;
  /** The names that the code declares. */
  declared: ReadonlySet<string>;
}

/** The features of code that a runtime refuses, each once, at its first line. The code must be JavaScript. */
export function refusedFeatures(source: string, runtime: Runtime): Feature[] {
  const code = codeOf(source);
  return CHECKS.filter(({ only }) => only === undefined || only === runtime).flatMap(
    ({ find, words, known, do: instead }) => {
      const token = code.tokens[find(code)];
      return token ? [{ words, known, line: token.line, do: instead }] : [];
    },
  );
}

function codeOf(source: string): Code {
  const tokens = tokensOf(source);
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'sign') continue;
    if (['(', '[', '{', '${'].includes(text)) open.push(index);
    const from = [')', ']', '}'].includes(text) ? open.pop() : undefined;
    if (from !== undefined) partners.set(index, from).set(from, index);
  }
  const parameters = new Set(
    [...partners].flatMap(([from, to]) => (areParameters(tokens, from, to) ? [from] : [])),
  );
  const declared = new Set(
    tokens.flatMap(({ text }, index) => (DECLARING.includes(text) ? [tokens[index + 1]?.text ?? ''] : [])),
  );
  for (const from of parameters)
    for (const { kind, text } of tokens.slice(from, partners.get(from)))
      if (kind === 'name') declared.add(text);
  return { tokens, partners, parameters, declared };
}

const DECLARING = ['var', 'let', 'const', 'function', 'class', 'import'];
const NO_FUNCTION = ['if', 'for', 'while', 'switch', 'catch', 'with', 'return'];

function areParameters(tokens: readonly Token[], from: number, to: number): boolean {
  if (tokens[from]?.text !== '(') return false;
  if (tokens[to + 1]?.text === '=>') return true;
  // `function* (…)`
  if (tokens[from - 2]?.text === 'function') return true;
  // `function (…)`, `function name(…)`, or a method: a name with a block behind its brackets.
  const before = tokens[from - 1];
  return before?.kind === 'name' && !NO_FUNCTION.includes(before.text) && tokens[to + 1]?.text === '{';
}

/** Whether a name is a word of the language or a variable, and not a property. */
function isWord(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  return (
    tokens[index]?.kind === 'name' && before !== '.' && before !== '?.' && tokens[index + 1]?.text !== ':'
  );
}

/** Finds a sign. */
function sign(...texts: string[]): Check['find'] {
  return ({ tokens }) => tokens.findIndex(({ kind, text }) => kind === 'sign' && texts.includes(text));
}

function word(...texts: string[]): Check['find'] {
  return ({ tokens }) => tokens.findIndex(({ text }, index) => texts.includes(text) && isWord(tokens, index));
}

/** Finds a variable of the language that the code does not declare itself. */
function variable(...texts: string[]): Check['find'] {
  return ({ tokens, declared }) =>
    tokens.findIndex(
      ({ text }, index) => texts.includes(text) && !declared.has(text) && isWord(tokens, index),
    );
}

function property(...texts: string[]): Check['find'] {
  return ({ tokens }) =>
    tokens.findIndex(({ text }, index) => texts.includes(text) && tokens[index - 1]?.text === '.');
}

/** The tokens directly between two brackets, by index. */
function inside({ tokens, partners }: Code, from: number): number[] {
  const found: number[] = [];
  const to = partners.get(from) ?? tokens.length;
  for (let index = from + 1; index !== to; index++) {
    found.push(index);
    index = Math.max(index, partners.get(index) ?? index);
  }
  return found;
}

function forOf(code: Code): number {
  const { tokens } = code;
  return tokens.findIndex(({ text }, index) => {
    if (text !== 'for' || !isWord(tokens, index)) return false;
    const from = tokens[index + 1]?.text === 'await' ? index + 2 : index + 1;
    const head = inside(code, from);
    const isCounting = head.some((at) => tokens[at]?.text === ';');
    return !isCounting && head.some((at) => tokens[at]?.text === 'of' && isWord(tokens, at));
  });
}

/** Whether a token is directly between the brackets of parameters. */
function isParameter(code: Code, index: number): boolean {
  return [...code.parameters].some((from) => inside(code, from).includes(index));
}

function spread(code: Code): number {
  return code.tokens.findIndex(
    ({ kind, text }, index) => kind === 'sign' && text === '...' && !isParameter(code, index),
  );
}

function destructuring(code: Code): number {
  const { tokens, partners } = code;
  return tokens.findIndex(({ kind, text }, index) => {
    if (kind !== 'sign' || (text !== '{' && text !== '[')) return false;
    const { kind: kindBefore, text: before = '' } = tokens[index - 1] ?? {};
    if (['var', 'let', 'const'].includes(before) && isWord(tokens, index - 1)) return true;
    const caught = before === '(' && tokens[index - 2]?.text === 'catch';
    const first = ['(', ','].includes(before) && isParameter(code, index);
    const end = partners.get(index) ?? index;
    const isValue = kindBefore === 'name' || kindBefore === 'text' || [')', ']', '}'].includes(before);
    return caught || first || (tokens[end + 1]?.text === '=' && !isValue);
  });
}

function defaultParameter(code: Code): number {
  return code.tokens.findIndex(({ text }, index) => text === '=' && isParameter(code, index));
}

function generator({ tokens }: Code): number {
  return tokens.findIndex(
    ({ kind, text }, index) =>
      kind === 'sign' && text === '*' && ['function', '{', ','].includes(tokens[index - 1]?.text ?? ''),
  );
}

const NEWER = 'Set Runtime to cloudfront-js-2.0.';

/** In the order in which they are told. */
const CHECKS: readonly Check[] = [
  { words: 'optional chaining (a?.b)', known: 'measured', find: sign('?.'), do: 'Write a && a.b.' },
  {
    words: 'logical assignment (a ??= b)',
    known: 'measured',
    find: sign('??=', '||=', '&&='),
    do: 'Write a = a || b.',
  },
  {
    words: 'destructuring (var { a } = b)',
    known: 'measured',
    find: destructuring,
    do: 'Write var a = b.a.',
  },
  { words: 'spread (f(...a))', known: 'measured', find: spread, do: 'Use apply, concat or Object.assign.' },
  {
    words: 'a default parameter (function f(a = 1))',
    known: 'measured',
    find: defaultParameter,
    do: 'Set the value in the body.',
  },
  { words: 'for…of', known: 'measured', find: forOf, do: 'Write a for loop with an index, or forEach.' },
  { words: 'class', known: 'measured', find: word('class'), do: 'Use functions and objects.' },
  { words: 'a generator (function*)', known: 'measured', find: generator, do: 'Return an array.' },
  {
    words: 'catch without a variable',
    known: 'measured',
    find: ({ tokens }) =>
      tokens.findIndex(
        ({ text }, index) => text === 'catch' && isWord(tokens, index) && tokens[index + 1]?.text === '{',
      ),
    do: 'Write catch (error).',
  },
  {
    words: 'a BigInt (1n)',
    known: 'measured',
    find: ({ tokens }) => tokens.findIndex(({ kind, text }) => kind === 'number' && text.endsWith('n')),
    do: 'Use a number.',
  },
  {
    words: 'a flag of regular expressions (d, s, u or v)',
    known: 'measured',
    find: ({ tokens }) =>
      tokens.findIndex(({ kind, text }) => kind === 'regexp' && /\/[a-z]*[dsuv][a-z]*$/.test(text)),
    do: 'Write the expression without the flag.',
  },
  {
    words: 'Map or Set',
    known: 'measured',
    find: variable('Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef'),
    do: 'Use an object.',
  },
  {
    words: 'URL',
    known: 'measured',
    find: variable('URL', 'URLSearchParams'),
    do: 'Use event.request.querystring, or the querystring module.',
  },
  {
    words: 'Proxy, Reflect, Intl or structuredClone',
    known: 'measured',
    find: variable('Proxy', 'Reflect', 'Intl', 'structuredClone'),
    do: 'Write it without.',
  },
  {
    words: 'Object.fromEntries',
    known: 'measured',
    find: property('fromEntries'),
    do: 'Fill an object in a loop.',
  },
  {
    words: 'eval or new Function',
    known: 'said',
    find: variable('eval', 'Function'),
    do: 'Write the code itself.',
  },
  {
    words: 'a timer or a request to the network',
    known: 'said',
    find: variable('setTimeout', 'setInterval', 'fetch', 'XMLHttpRequest'),
    do: 'Do that in Lambda@Edge, or at the origin.',
  },
  { words: 'const or let', known: 'said', only: 'cloudfront-js-1.0', find: word('const', 'let'), do: NEWER },
  {
    words: 'async or await',
    known: 'said',
    only: 'cloudfront-js-1.0',
    find: word('async', 'await'),
    do: NEWER,
  },
  { words: 'import', known: 'said', only: 'cloudfront-js-1.0', find: word('import'), do: NEWER },
  {
    words: 'Buffer, atob or btoa',
    known: 'said',
    only: 'cloudfront-js-1.0',
    find: variable('Buffer', 'atob', 'btoa'),
    do: NEWER,
  },
  {
    words: 'a method of strings that only runtime 1.0 has (bytesFrom, fromBytes, fromUTF8, toBytes, toUTF8)',
    known: 'said',
    only: 'cloudfront-js-2.0',
    find: property('bytesFrom', 'fromBytes', 'fromUTF8', 'toBytes', 'toUTF8'),
    do: 'Use Buffer.',
  },
];
