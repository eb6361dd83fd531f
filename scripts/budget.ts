import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** What runs, the page's words, and cases of tests. Documents' examples, settings of tools and generated files are free. */
const COUNTED =
  /^(?!docs\/).+\.(ts|tsx|mjs|cjs|sh|css|html)$|\/words\/.+\.json$|^(?!test\/infra\/templates\/)test\/.+\.json$/;

/** @returns how many lines of a file are neither blank nor only a comment */
function codeLines(file: string): number {
  const code = readFileSync(file, 'utf8').replaceAll(/^\s*(\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->)\s*$/gm, '');
  return code.split('\n').filter((line) => line.trim() && !line.trim().startsWith('//')).length;
}

/** @returns how many words of a document a reader sees, without code blocks and generated parts */
function words(document: string): number {
  const prose = readFileSync(document, 'utf8')
    .replaceAll(/^ *```[\s\S]*?^ *```|<!-- (\S+) -->[\s\S]*?<!-- \/\1 -->/gm, '')
    .replaceAll(/\]\([^)]*\)/g, ' ');
  return prose.match(/[\p{L}\p{N}][^\s|]*/gu)?.length ?? 0;
}

/** @returns the rows of the file of budgets: a package, and its two numbers */
function readBudgets(): [string, number, number][] {
  const lines = readFileSync('scripts/budgets.txt', 'utf8').split('\n');
  const rows = lines.filter((line) => line && !line.startsWith('#')).map((line) => line.split(/\s+/));
  return rows.map(([name = '', source, tests]) => [name, Number(source), Number(tests)]);
}

const budgets = readBudgets();
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
});
const files = [...new Set(tracked.split('\n'))].filter((file) => file && existsSync(file));
const counted = new Map(budgets.map(([name]) => [name, { source: 0, tests: 0 }]));
const faults: string[] = [];
for (const file of files.filter((name) => COUNTED.test(name))) {
  const side = file.startsWith('test/') ? 'tests' : 'source';
  const path = file.replace(/^test\//, '');
  // The rest of the tests belongs to no package: they show promises that several keep.
  const name =
    budgets.find(([folder]) => path.startsWith(`${folder}/`))?.[0] ?? (side === 'tests' ? 'test' : '');
  const row = counted.get(name);
  if (!row) faults.push(`${file} is in no folder of scripts/budgets.txt`);
  else row[side] += codeLines(file);
}
const sum = (side: 'source' | 'tests') => [...counted.values()].reduce((lines, row) => lines + row[side], 0);
const all = [sum('source'), '', sum('tests')];
counted.set('files', { source: files.length, tests: 0 });
const documents = files.filter((name) => name.endsWith('.md'));
counted.set('words', { source: documents.reduce((sum, name) => sum + words(name), 0), tests: 0 });

const print = (...cells: unknown[]) =>
  console.log(cells.map((cell, i) => `${cell}`.padStart(i ? 8 : 18)).join(''));
print('code lines', 'source', 'budget', 'tests', 'budget');
for (const [name, source, tests] of budgets) {
  const row = counted.get(name) ?? { source: 0, tests: 0 };
  print(name, row.source, source, row.tests, tests);
  if (!(row.source <= source && row.tests <= tests)) faults.push(`${name} is above its budget`);
}
print('all', ...all);
for (const fault of faults)
  console.error(`${fault}: take lines out, or give a reason in scripts/budgets.txt`);
process.exitCode = faults.length > 0 ? 1 : 0;
