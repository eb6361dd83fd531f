import { globSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import t from 'tap';
import { COMMANDS } from '../../services/operator/cli/commands.ts';
import { blocks } from './support/documented-files.ts';

const DOCUMENTS = [
  'README.md',
  ...globSync('{core,docs,edge,infra,services}/**/*.md', { exclude: ['**/node_modules/**'] }),
];
const { scripts, repository, version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What follows these words in the documents, up to the end of the code or line, each with its document. */
function typed(words: RegExp): { document: string; line: string }[] {
  return DOCUMENTS.flatMap((document) => {
    const text = readFileSync(document, 'utf8').replaceAll('\\|', '|');
    return [...text.matchAll(words)].map(([, line = '']) => ({ document, line }));
  });
}

t.test('each script that a document runs is one of package.json', async (t) => {
  const named = [...typed(/\bnpm run (?:-s )?([a-z][\w:-]*)/g), ...typed(/\bnpm (start|test)\b/g)];
  t.ok(named.length > 80, `${named.length} commands`);
  // These are those of the reader's own project.
  const ofReaders = ['dev', 'build'];
  t.strictSame(
    named.filter(({ line }) => !Object.hasOwn(scripts, line) && !ofReaders.includes(line)),
    [],
  );
});

t.test("each operators' command in a document exists, with its options", async (t) => {
  const named = typed(/(?:npm run (?:-s )?gateway -- |`gateway )([a-z][^`\n]*)/g);
  t.ok(named.length > 40, `${named.length} commands`);
  const wrong = named.flatMap(({ document, line }) => {
    const [name = '', ...rest] = line.replace(/ +#.*/, '').split(/\s+/);
    const command = COMMANDS.find(({ usage }) => usage.split(' ', 1)[0] === name);
    if (!command) return [`${document}: there is no ${name}`];
    const known = [
      ...Object.keys(command.options ?? {}),
      'help',
      'values',
      'method',
      'cookie',
      'distribution',
    ];
    return rest
      .flatMap((word) => /^\[?--([a-z-]+)/.exec(word)?.[1] ?? [])
      .filter((option) => !known.includes(option) && !command.usage.includes(`--${option}`))
      .map((option) => `${document}: ${name} has no --${option}`);
  });
  t.strictSame(wrong, []);
  // The table of commands has all of them.
  const table = readFileSync('docs/commands.md', 'utf8');
  for (const { usage } of COMMANDS) t.match(table, new RegExp(`\`${usage.split(' ', 1)[0]}[ \`]`), usage);
});

t.test('the settings and values to copy for a provider exist', async (t) => {
  const settings = readFileSync('.env.example', 'utf8');
  const { properties } = JSON.parse(readFileSync('infra/values.schema.json', 'utf8'));
  const pages = globSync('docs/providers/*.md');
  t.ok(pages.length > 5);
  for (const page of pages) {
    const [env = ''] = blocks(page, 'sh');
    const [values = '{}'] = blocks(page, 'json');
    for (const name of Object.keys(parseEnv(env)))
      t.match(settings, new RegExp(`^#? ?${name}=`, 'm'), `${page}: ${name}`);
    for (const name of Object.keys(JSON.parse(values)))
      t.ok(Object.hasOwn(properties, name), `${page}: ${name}`);
    t.ok(Object.keys(parseEnv(env)).length > 2 && values !== '{}', page);
  }
});

t.test(
  'package.json alone names the address of the repository, and every package has one version',
  async (t) => {
    const files = globSync('{.github/**/*,docs/**/*.md,*.md,services/**/*.md,edge/**/*.md,infra/*.md}');
    const { hostname } = new URL(repository.url.replace(/^git\+/, ''));
    const own = new RegExp(
      `github\\.com/cloudfront-cookie-gateway|@cloudfront-cookie-gateway/(?:maintainers|security)|${hostname}/`,
    );
    t.strictSame(
      files.filter((file) => /\.\w+$/.test(file) && own.test(readFileSync(file, 'utf8'))),
      [],
    );
    for (const file of globSync(
      '{edge/command,edge/function,infra,services/{operator,cookies,vectors,web/client}}/CHANGELOG.md',
    )) {
      t.ok(readFileSync(file, 'utf8').includes(`## [${version}]`), file);
    }
  },
);

t.test('the figures of README are those of the measurements', async (t) => {
  const results = readFileSync('docs/results.md', 'utf8');
  const score =
    /^\| ours \| this one \| (.*?) \| 0 \|/m.exec(readFileSync('edge/local/CONFORMANCE.md', 'utf8'))?.[1] ??
    '';
  const [passed, asked] = [/(\d+) of/g, /of (\d+)/g].map((part) =>
    [...score.matchAll(part)].reduce((sum, [, count]) => sum + Number(count), 0),
  );
  const [, ratio = ''] = /SDK as documented.*?\| +([\d.]+) \|/.exec(results) ?? [];
  for (const [label, figure] of [
    ['first visit: requests for pictures to the app', '0'],
    ['reload: bytes of pictures', '0'],
  ]) {
    t.match(results, new RegExp(`^\\| ${label} +\\| ${figure} +\\| a signed URL`, 'm'), String(label));
  }
  for (const [page, times, facts] of [
    ['README.md', `**${Math.floor(Number(ratio))} ×**`, `${passed} of ${asked} graded facts`],
    ['docs/README.ja.md', `**${Math.floor(Number(ratio))} 倍**`, `${asked} の事実のうち ${passed} に`],
  ] as const) {
    const text = readFileSync(page, 'utf8');
    for (const figure of [times, facts]) t.ok(text.includes(figure), `${page}: ${figure}`);
  }
});
