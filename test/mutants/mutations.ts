import ts from 'typescript';

/** A change of a source that a person could make by mistake. `start` and `end` are offsets in UTF-16 code units. */
export interface Mutation {
  start: number;
  end: number;
  replacement: string;
  /** The change in words. */
  what: string;
  /** How often such a change is chosen, compared with others. */
  weight: number;
}

const OTHER_OPERATORS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.AsteriskToken]: '/',
  [ts.SyntaxKind.SlashToken]: '*',
  [ts.SyntaxKind.PercentToken]: '*',
  [ts.SyntaxKind.PlusEqualsToken]: '-=',
  [ts.SyntaxKind.MinusEqualsToken]: '+=',
  [ts.SyntaxKind.QuestionQuestionEqualsToken]: '=',
};
/** A duration in milliseconds. Nobody sees one more. */
const IS_MILLISECONDS = /(?:Ms|_MS)$/;
const LOGICAL = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);
const OTHER_METHODS = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['finally', 'then'],
  ['min', 'max'],
  ['max', 'min'],
]);
/** Methods whose result has the type of what they are called on, so that the call can be forgotten. */
const FORGOTTEN_METHODS = new Set(['filter', 'toSorted', 'toReversed', 'toLowerCase', 'trim', 'catch']);

/** All mutations of a source, in the order of their places. */
export function mutationsOf(file: string, source: string): Mutation[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const mutations: Mutation[] = [];
  const add: Add = (node, replacement, what, weight = 1) =>
    mutations.push({ start: node.getStart(tree), end: node.end, replacement, what, weight });
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node)) return;
    mutate(node, tree, add);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return mutations.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

type Add = (node: ts.Node, replacement: string, what: string, weight?: number) => void;

function mutate(node: ts.Node, tree: ts.SourceFile, add: Add): void {
  const text = (part: ts.Node) => part.getText(tree);
  if (ts.isBinaryExpression(node)) mutateOperator(node, tree, add);
  else if (ts.isIfStatement(node)) {
    add(node.expression, `!(${text(node.expression)})`, 'condition turned round');
    if (!node.elseStatement) add(node, ';', 'if dropped');
  } else if (ts.isConditionalExpression(node)) {
    add(node.condition, `!(${text(node.condition)})`, 'condition turned round');
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    add(node, `(${text(node.operand)})`, '! dropped');
  } else if (ts.isCallExpression(node)) mutateCall(node, tree, add);
  else if (ts.isExpressionStatement(node)) {
    const inner = ts.isAwaitExpression(node.expression) ? node.expression.expression : node.expression;
    if (ts.isCallExpression(inner) && inner.expression.kind !== ts.SyntaxKind.SuperKeyword) {
      add(node, ';', 'call dropped');
    }
  } else if (ts.isTryStatement(node) && node.finallyBlock) add(node.finallyBlock, '{}', 'finally emptied');
  else mutateLiteral(node, tree, add);
}

function mutateOperator(node: ts.BinaryExpression, tree: ts.SourceFile, add: Add): void {
  const { left, right, operatorToken } = node;
  const operator = operatorToken.getText(tree);
  if (LOGICAL.has(operatorToken.kind)) {
    add(node, `(${left.getText(tree)})`, `right of ${operator} dropped`);
    if (operator !== '??') add(node, `(${right.getText(tree)})`, `left of ${operator} dropped`);
  } else if (operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isExpressionStatement(node.parent)) {
    const block = node.parent.parent;
    // A new object has nothing yet.
    const isNew = ts.isBlock(block) && ts.isConstructorDeclaration(block.parent);
    if (!isNew) add(operatorToken, '??=', '= for ??=');
  } else {
    const other = OTHER_OPERATORS[operatorToken.kind];
    if (other) add(operatorToken, other, `${operator} to ${other}`);
  }
}

function mutateCall(node: ts.CallExpression, tree: ts.SourceFile, add: Add): void {
  if (!ts.isPropertyAccessExpression(node.expression)) return;
  const { name, expression } = node.expression;
  const other = OTHER_METHODS.get(name.text);
  if (other) add(name, other, `${name.text} to ${other}`);
  if (FORGOTTEN_METHODS.has(name.text)) add(node, `(${expression.getText(tree)})`, `${name.text} dropped`);
}

function mutateLiteral(node: ts.Node, tree: ts.SourceFile, add: Add): void {
  if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false', 'true to false');
  else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true', 'false to true');
  else if (ts.isNumericLiteral(node)) {
    const { parent } = node;
    const isNamed = ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent);
    const isDuration = isNamed && IS_MILLISECONDS.test(parent.name.getText(tree));
    const text = node.getText(tree);
    if (isDuration || ts.isPropertyAssignment(parent.parent)) return;
    // Nobody sees one more of thousands. The slip there is a zero, or another unit.
    const value = Number(text.replaceAll('_', ''));
    if (value > 0 && value % 1_000 === 0) add(node, `(${text} * 10)`, 'number times ten');
    else add(node, `(${text} + 1)`, 'number plus one');
  } else if (ts.isRegularExpressionLiteral(node)) {
    const pattern = node.getText(tree);
    if (pattern.startsWith('/^')) add(node, `/${pattern.slice(2)}`, '^ dropped');
    if (/[^\\]\$\/\w*$/.test(pattern)) add(node, pattern.replace(/\$(\/\w*)$/, '$1'), '$ dropped');
  } else if (ts.isObjectLiteralExpression(node) && node.properties.length > 1) {
    for (const property of node.properties) {
      // Half of all mutations would be these, and few of them are slips.
      if (!ts.isSpreadAssignment(property)) {
        add(property, '...{}', `${property.name.getText(tree)} dropped`, 0.15);
      }
    }
  }
}
