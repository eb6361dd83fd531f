import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import type { Fact } from './conformance/fact.ts';
import { SECTIONS } from './conformance.ts';

const TABLE = new URL('../../../edge/local/CONFORMANCE.md', import.meta.url);
const TESTS = new URL('../../', import.meta.url);
const GUIDE = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/';

/** Figures from runs of the suite. `test/edge/conformance/conformance.test.ts` checks this project's own line. */
const PEERS = [
  '',
  '## The same, asked of emulators',
  '',
  '`npm run conformance -- --target <name>` sends 71 of these facts as requests. A question is asked only if',
  'the documents of the emulator claim its feature. [How each is set up](../../test/edge/conformance/README.md).',
  '',
  '| emulator | version | A | B | C | not claimed | what it fails |',
  '| - | - | - | - | - | - | - |',
  '| ours | this one | 58 of 58 | 12 of 12 | 1 of 1 | 0 | |',
  '| cdk-local | 0.147.22 | 9 of 16 | | | 55 | 6.3, 6.5, 6.8, 6.12, 6.14, 6.15, 6.21 |',
  '| localfront, floci, kumo | | | | | | not run: they need Go or Java |',
];

const facts = SECTIONS.flatMap((section) => section.facts);

function parts(shown: string): { file: string; title: string } {
  const [file = '', title = ''] = shown.split(' › ');
  return { file, title };
}

/** The number of tests with this title in the source. `…` in the title stands for a placeholder of a template. */
function testsNamed(source: string, title: string): number {
  const literal = title.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&').replaceAll('…', '\\$\\{.+?\\}');
  return [...source.matchAll(new RegExp(`\\btest\\(\\s*(['"\`])${literal}\\1`, 'g'))].length;
}

function markdown(): string {
  const lines = [
    '# What is known of CloudFront, and what shows it here',
    '',
    'Written by `test/edge/local/conformance.test.ts`, which also checks that each test exists. Known: **A** AWS says so in words;',
    '**B** several independent observations; **C** one observation, or inference; **D** not established: a documented choice,',
    'mostly a switch in `assumptions`. Pages are those of the CloudFront Developer Guide. Files are below `test/`.',
    'A title with … stands for several tests. `npm run test:full` runs `*.full.test.ts`.',
  ];
  for (const [place, { title, facts }] of SECTIONS.entries()) {
    lines.push(
      '',
      `## ${place + 1}. ${title}`,
      '',
      '| | CloudFront | known | shown by |',
      '| - | - | - | - |',
    );
    for (const [index, fact] of facts.entries()) lines.push(row(`${place + 1}.${index + 1}`, fact));
  }
  lines.push(...PEERS);
  const pages = new Set(facts.map(({ source }) => source).filter(isPage));
  lines.push('', ...[...pages].toSorted().map((page) => `[${page}]: ${GUIDE}${page}.html`));
  return `${lines.join('\n')}\n`;
}

function isPage(source: string): boolean {
  return /^[A-Za-z0-9-]+$/.test(source);
}

function row(id: string, { known, source, fact, shown, note }: Fact): string {
  const page = isPage(source) ? `[${source}]` : source;
  const tests = shown.map(parts).map(({ file, title }) => `\`${file}\` › ${cell(title)}`);
  const cells = [
    id,
    cell(fact),
    `**${known}** ${page}`,
    [...(note ? [`*${note}*`] : []), ...tests].join('<br>'),
  ];
  return `| ${cells.join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*').replaceAll('_', '\\_');
}

t.test('every fact is shown by a test that exists, exactly once', async (t) => {
  t.ok(facts.length > 100, `${facts.length} facts`);
  const sources = new Map<string, string>();
  for (const { fact, shown, note } of facts) {
    t.ok(shown.length > 0 || note?.startsWith('not modelled'), fact);
    for (const { file, title } of shown.map(parts)) {
      const url = new URL(file, TESTS);
      if (!sources.has(file)) sources.set(file, existsSync(url) ? readFileSync(url, 'utf8') : '');
      t.equal(testsNamed(sources.get(file) ?? '', title), 1, `${file} › ${title}`);
    }
  }
});

t.test('the table is what the list says', async (t) => {
  if (process.env['UPDATE_CONFORMANCE'] === '1') writeFileSync(TABLE, markdown());
  t.equal(readFileSync(TABLE, 'utf8'), markdown(), 'UPDATE_CONFORMANCE=1 writes it');
});
