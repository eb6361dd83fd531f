import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';

/** A place of a source. `start` is an offset in UTF-16 code units. */
export interface Place {
  file: string;
  start: number;
}

/**
 * Where a place shows. A constant of a module is made whenever the module is loaded, which nearly every test does. Its
 * value shows where it is used. Each other place shows where it is.
 * @param files the sources that may use it
 */
export function usesOf(place: Place, files: readonly string[]): Place[] {
  const found: Place[] = [];
  const known = new Set<string>();
  const follow = (at: Place): void => {
    const name = constantAt(treeOf(at.file), at.start);
    if (name === undefined) {
      found.push(at);
      return;
    }
    if (known.has(`${at.file} ${name}`)) return;
    known.add(`${at.file} ${name}`);
    for (const file of files) {
      if (file === at.file || imports(file, name, at.file)) {
        for (const start of namesIn(treeOf(file), name)) follow({ file, start });
      }
    }
  };
  follow(place);
  return found.length === 0 ? [place] : found;
}

const trees = new Map<string, ts.SourceFile>();

function treeOf(file: string): ts.SourceFile {
  const tree =
    trees.get(file) ?? ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  trees.set(file, tree);
  return tree;
}

/** The name of the module's constant whose value holds the place outside of any function. */
function constantAt(tree: ts.SourceFile, start: number): string | undefined {
  const statement = tree.statements.find((each) => each.getStart(tree) <= start && start < each.end);
  if (!statement || !ts.isVariableStatement(statement)) return undefined;
  const declaration = statement.declarationList.declarations.find(
    (each) => each.getStart(tree) <= start && start < each.end,
  );
  if (!declaration || !ts.isIdentifier(declaration.name)) return undefined;
  return isInFunction(declaration, start) ? undefined : declaration.name.text;
}

function isInFunction(node: ts.Node, start: number): boolean {
  if (start < node.getStart() || start >= node.end) return false;
  if (ts.isFunctionLike(node)) return true;
  return ts.forEachChild(node, (child) => isInFunction(child, start) || undefined) ?? false;
}

function imports(file: string, name: string, from: string): boolean {
  const text = treeOf(file).text;
  if (!text.includes(name)) return false;
  const module = basename(from).replace(/\.tsx?$/, '');
  return treeOf(file).statements.some(
    (statement) =>
      ts.isImportDeclaration(statement) &&
      statement.getText().includes(name) &&
      basename(statement.moduleSpecifier.getText().slice(1, -1)).replace(/\.tsx?$/, '') === module,
  );
}

/** Where the name is used in a source, as a value. */
function namesIn(tree: ts.SourceFile, name: string): number[] {
  const starts: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    const isOwn = ts.isVariableDeclaration(node.parent) && node.parent.name === node;
    if (ts.isIdentifier(node) && node.text === name && !isOwn) starts.push(node.getStart(tree));
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(tree, visit);
  return starts;
}
