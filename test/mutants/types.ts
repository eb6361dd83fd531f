import { resolve } from 'node:path';
import process from 'node:process';
import ts from 'typescript';

/** What `npm run check` gives to the compiler. */
const CONFIGS = ['tsconfig.json', 'edge/function/tsconfig.json', 'services/web/tsconfig.json'];
/**
 * Something is not used any more, or an `if` has nothing to do. Whoever drops something by mistake removes what belongs
 * to it as well.
 */
const LEFT_OVER = new Set([1313, 6133, 6138, 6192, 6196, 6198]);

interface Checker {
  service: ts.LanguageService;
  /** The only source that is read from here, and not from the disk. */
  changed: { path: string; text: string; version: number };
}

const checkers = new Map<string, Checker>();
const parsed = new Map<string, ts.ParsedCommandLine>();

/** Whether the compiler refuses a source with this text. The first source of a project takes some seconds. */
export function isRefused(file: string, text: string): boolean {
  const config = CONFIGS.findLast((each) => filesOf(each).fileNames.includes(resolve(file)));
  if (config === undefined) return false;
  const checker = checkers.get(config) ?? createChecker(config);
  checkers.set(config, checker);
  checker.changed = { path: resolve(file), text, version: checker.changed.version + 1 };
  return checker.service
    .getSemanticDiagnostics(resolve(file))
    .some(({ code, category }) => category === ts.DiagnosticCategory.Error && !LEFT_OVER.has(code));
}

function filesOf(config: string): ts.ParsedCommandLine {
  const known = parsed.get(config);
  if (known) return known;
  const { config: json } = ts.readConfigFile(config, ts.sys.readFile);
  const files = ts.parseJsonConfigFileContent(json, ts.sys, resolve(config, '..'));
  parsed.set(config, files);
  return files;
}

function createChecker(config: string): Checker {
  const { options, fileNames } = filesOf(config);
  const isChanged = (path: string) => path === checker.changed.path;
  const host: ts.LanguageServiceHost = {
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    // Some files add members to types that others use.
    getScriptFileNames: () => fileNames,
    getScriptVersion: (path) => (isChanged(path) ? `${checker.changed.version}` : '0'),
    getScriptSnapshot(path) {
      const text = isChanged(path) ? checker.changed.text : ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCompilationSettings: () => options,
    getCurrentDirectory: () => process.cwd(),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  };
  const checker: Checker = {
    service: ts.createLanguageService(host),
    changed: { path: '', text: '', version: 0 },
  };
  return checker;
}
