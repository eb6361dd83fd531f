/** A word, a sign or a literal of JavaScript. A template literal is its text, and the tokens of its expressions between `${` and `}`. */
export interface Token {
  kind: 'name' | 'sign' | 'number' | 'text' | 'regexp';
  text: string;
  line: number;
}

const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const NAME = /#?[\p{ID_Start}$_\\][\p{ID_Continue}$\\]*/uy;
const NUMBER = /(?:0[xob][\da-f_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:e[+-]?\d+)?)n?/iy;
const TEXT = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const SIGN =
  /\.\.\.|\?\?=|\|\|=|&&=|\*\*=|=>|\?\.(?!\d)|\?\?|===|!==|==|!=|<=|>=|&&|\|\||\*\*|\+\+|--|[-+*/%&|^]=|[\s\S]/y;
/** After these words a slash begins a regular expression. */
const BEFORE_VALUE = /^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|instanceof|yield)$/;

/** The tokens of code that is known to be JavaScript. */
export function tokensOf(code: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(code)?.[0];
    if (found === undefined) return undefined;
    at += found.length;
    return found;
  };
  const push = (kind: Token['kind'], text: string) => {
    tokens.push({ kind, text, line });
    line += text.split('\n').length - 1;
  };
  const skipSpace = () => {
    line += (take(SPACE) ?? '').split('\n').length - 1;
  };
  /** Takes what stands between backticks, from behind the first one on. */
  const takeTemplate = () => {
    for (;;) {
      push('text', take(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))+/y) ?? '');
      if (take(/\$\{/y) === undefined) break;
      push('sign', '${');
      takeCode();
    }
    take(/`/y);
  };
  /** Takes everything up to the end, or up to a `}` that nothing before it has opened. */
  const takeCode = () => {
    for (let depth = 0; ; ) {
      skipSpace();
      const last = tokens.at(-1);
      const isValueNext =
        last === undefined ||
        (last.kind === 'sign' && !')]}'.includes(last.text)) ||
        (last.kind === 'name' && BEFORE_VALUE.test(last.text));
      if (take(/`/y) !== undefined) {
        takeTemplate();
        continue;
      }
      const found =
        first('text', take(TEXT)) ??
        first('number', take(NUMBER)) ??
        first('name', take(NAME)) ??
        first('regexp', isValueNext ? take(REGEXP) : undefined) ??
        first('sign', take(SIGN));
      if (!found) return;
      push(...found);
      const [, text] = found;
      if (text === '{') depth++;
      if (text === '}' && depth-- === 0) return;
    }
  };
  takeCode();
  return tokens;
}

function first(kind: Token['kind'], text: string | undefined): [Token['kind'], string] | undefined {
  return text === undefined ? undefined : [kind, text];
}
