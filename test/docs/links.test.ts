import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';

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
