import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { COMMANDS } from '../../services/operator/cli/commands.ts';

const DOCUMENTS = [
  'README.md',
  ...globSync('{core,docs,edge,infra,services}/**/*.md', { exclude: ['**/node_modules/**'] }),
];
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

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
    const known = [...Object.keys(command.options ?? {}), 'help', 'values', 'method', 'cookie'];
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
