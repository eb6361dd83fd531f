import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { readRooms } from '../../scripts/rooms.ts';
import { AUDIT_EVENTS } from '../../services/auth/http/audit.ts';
import { writeBetweenMarkers } from '../support/generated-page.ts';

/** Links inside code are not links of the document. */
const CODE = /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[^\n]*$|`[^`\n]*`/gm;
const LINKS = /\]\(<?([^)\s>]+)[^)]*\)|^\[[^\]]+\]: (\S+)|(?:src|srcset|href)="([^"]+)"/gm;

const documents = globSync('**/*.md', {
  exclude: (path) => /(^|\/)(node_modules|dist|coverage|test-results|\.git|\.local|\.tap)$/.test(path),
});

/** The ids that GitHub gives to headings. A repeated one gets a number. */
function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const ids = new Set([...markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id));
  const prose = markdown.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, '');
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const id = text.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    ids.add(count === 0 ? id : `${id}-${count}`);
  }
  return ids;
}

/** Relative links. A link to the web has a scheme. */
function links(document: string): string[] {
  const prose = readFileSync(document, 'utf8').replace(CODE, '');
  return [...prose.matchAll(LINKS)]
    .map(([, inline, reference, attribute]) => inline ?? reference ?? attribute ?? '')
    .filter((target) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(target));
}

function isBroken(document: string, target: string): boolean {
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(file)) return true;
  if (anchor === undefined || !file.endsWith('.md')) return false;
  return !anchors(readFileSync(file, 'utf8')).has(anchor);
}

t.test('each relative link in a document leads to a file, and to a heading in it', async (t) => {
  const all = documents.flatMap((document) => links(document).map((target) => ({ document, target })));
  t.ok(documents.length > 20, `${documents.length} documents`);
  t.ok(all.length > 50, `${all.length} links`);
  t.strictSame(
    all
      .filter(({ document, target }) => isBroken(document, target))
      .map(({ document, target }) => `${document}: ${target}`),
    [],
  );
});

/** A file or folder of this project that a document names. */
const NAMED = /`((?:\.ci|core|docs|edge|infra|scripts|services|test)\/[^`\s*<…]*)`/g;

/** A document may name a test by the path of its source file. */
function isThere(path: string): boolean {
  return existsSync(path) || existsSync(`test/${path}`);
}

t.test('each path that a document names exists', async (t) => {
  const documents = [...globSync('{core,docs,edge,infra,services}/**/*.md'), 'README.md'];
  const named = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(NAMED)].map(([, path = '']) => `${document}: ${path}`),
  );
  t.ok(named.length > 100, `${named.length} paths`);
  t.strictSame(
    named.filter((line) => !isThere(line.slice(line.indexOf(': ') + 2))),
    [],
  );
});

/** Each decision has the parts of paths of the tests that show it, and its reason below them. */
const decisions = readFileSync('docs/decisions/README.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((part) => {
    const [, title = '', shownBy = '', reason = ''] =
      /^(.+)\n\nShown by: (.+)\n\n([\s\S]+)$/.exec(part) ?? [];
    return { title, shownBy, reason, part };
  });

t.test('each decision says what shows it, and why it was taken', async (t) => {
  t.ok(decisions.length > 20, `${decisions.length} decisions`);
  for (const { title, reason, part } of decisions) t.ok(title && /\.$/m.test(reason), part.slice(0, 60));
});

t.test('a decision is shown by tests that are there', async (t) => {
  const tests = globSync('test/**/*.test.ts');
  const parts = decisions.flatMap(({ title, shownBy }) =>
    [...shownBy.matchAll(/`([^`]+)`/g)].map(([, part = '']) => ({ title, part })),
  );
  t.ok(parts.length >= decisions.length, `${parts.length} parts of paths`);
  t.strictSame(
    parts.filter(({ part }) => !tests.some((path) => path.includes(part))),
    [],
  );
});

const PAGE = 'docs/operate.md';

t.test('the runbook has every audit event', async (t) => {
  const list = Object.entries(AUDIT_EVENTS)
    .map(([event, words]) => `- \`${event}\`: ${words}`)
    .join('\n');
  if (process.env['UPDATE_API'] === '1') writeBetweenMarkers('audit', list, PAGE);
  const written = `<!-- audit -->\n\n${list}\n\n<!-- /audit -->`;
  t.ok(readFileSync(PAGE, 'utf8').includes(written), 'UPDATE_API=1 writes it');
});

t.test('every event of the table is written somewhere', async (t) => {
  const sources = globSync('services/{auth,operator}/**/*.ts', { exclude: ['**/http/audit.ts'] });
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  t.strictSame(
    Object.keys(AUDIT_EVENTS).filter((event) => !text.includes(`'${event}'`)),
    [],
  );
});

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
}

/** `[package, licence]` of each row; a row may name several packages. */
function rows(page: string): [name: string, licence: string][] {
  return [...page.matchAll(/^\| (`[^|]+`) +\| ([^|]+?) +\| [^|]*\w[^|]*\|$/gm)].flatMap(
    ([, names = '', licence = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']): [string, string] => [name, licence]),
  );
}

t.test('dependencies.md has one row for each dependency, with its licence and a reason', async (t) => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const rooms = [...readRooms('.').values()];
  const own = rooms.map(({ name }) => name);
  const names = [JSON.parse(read('package.json')), ...rooms]
    .flatMap((room) =>
      Object.keys({ ...room.dependencies, ...room.devDependencies, ...room.optionalDependencies }),
    )
    .filter((name, index, all) => !own.includes(name) && all.indexOf(name) === index);
  t.ok(names.length > 30);
  t.strictSame(
    rows(read('docs/decisions/dependencies.md')).toSorted(),
    // The lockfile repeats each package's own statement.
    names.map((name) => [name, packages[`node_modules/${name}`].license]).toSorted(),
  );
});
