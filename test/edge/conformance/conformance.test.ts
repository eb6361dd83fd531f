import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { deploymentQuestions, FACTS, labQuestions } from '../../../services/operator/probe/facts.ts';
import { freePorts } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { factOf, parseFacts, TABLE } from './facts.ts';
import { createFixture } from './fixture.ts';
import { QUESTIONS } from './questions.ts';
import { askAll, scoreOf } from './run.ts';
import { TARGETS } from './targets.ts';
import { createViewer, type Viewer } from './viewer.ts';

const TESTS = new URL('../../', import.meta.url);
const facts = parseFacts();

/** The number of tests with this title in the source. `…` in the title stands for a placeholder of a template. */
function testsNamed(source: string, title: string): number {
  const literal = title.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&').replaceAll('…', '\\$\\{.+?\\}');
  return [...source.matchAll(new RegExp(`\\btest\\(\\s*(['"\`])${literal}\\1`, 'g'))].length;
}

t.test('every fact is shown by a test that exists, exactly once', async (t) => {
  t.ok(facts.length > 150, `${facts.length} facts`);
  const sources = new Map<string, string>();
  for (const { id, shown, note } of facts) {
    t.ok(shown.length > 0 || note?.startsWith('not modelled'), id);
    for (const { file, title } of shown) {
      const url = new URL(file, TESTS);
      if (!sources.has(file)) sources.set(file, existsSync(url) ? readFileSync(url, 'utf8') : '');
      t.equal(testsNamed(sources.get(file) ?? '', title), 1, `${id}: ${file} › ${title}`);
    }
  }
});

t.test('every row has its number and its grade, and every page that it names a link', async (t) => {
  const table = readFileSync(TABLE, 'utf8');
  const [rows = ''] = table.split('<!-- asked -->');
  t.equal(rows.match(/^\| \d/gm)?.length, facts.length, 'no row is left out');
  let [section, place] = [0, 0];
  for (const { id, known } of facts) {
    [section, place] = id === `${section + 1}.1` ? [section + 1, 1] : [section, place + 1];
    t.equal(id, `${section}.${place}`, id);
    t.match(known, /^[A-D][+-]?(?:\/[A-D][+-]?)?$/, id);
  }
  const named = new Set(facts.flatMap(({ source }) => /^\[(.+)\]$/.exec(source)?.[1] ?? []));
  const linked = [...table.matchAll(/^\[(.+)\]: https:\/\/docs\.aws\.amazon\.com\/.+\/\1\.html$/gm)];
  t.strictSame(
    linked.map(([, page]) => page),
    [...named].toSorted(),
  );
});

/** Which facts are asked as HTTP exchanges: those of emulators by number, those of the probe in a table. */
function askedText(): string {
  const emulators = facts.filter(({ fact }) => QUESTIONS.some((question) => fact.startsWith(question.fact)));
  const ofLab = new Set(labQuestions().map(({ name }) => name));
  const ofDeployment = new Set(deploymentQuestions({}).map(({ name }) => name));
  const placesOf = (name: string) =>
    [ofLab.has(name) ? 'lab' : [], ofDeployment.has(name) ? 'deployment' : []].flat().join(', ');
  const rows = facts.flatMap(({ id, fact }) => {
    const asked = FACTS.filter((question) => fact.startsWith(question.fact));
    const byPlaces = Map.groupBy(asked, ({ name }) => placesOf(name));
    return [...byPlaces].map(([places, questions]) => {
      const answers = questions.map(({ name, assumed }) => `\`${name}\`: ${assumed}`);
      return `| ${id} | ${answers.join('<br>')} | ${places} |`;
    });
  });
  return [
    `Emulators are asked ${emulators.map(({ id }) => id).join(', ')}.`,
    ['| | question of the probe: answer here | asked of |', '| - | - | - |', ...rows].join('\n'),
  ].join('\n\n');
}

t.test('the table says how each fact is asked', async (t) => {
  for (const { fact } of [...FACTS, ...QUESTIONS]) t.doesNotThrow(() => factOf(facts, fact), fact);
  const [before, written, after] = readFileSync(TABLE, 'utf8').split('<!-- asked -->');
  const asked = `\n\n${askedText()}\n\n`;
  if (process.env['UPDATE_CONFORMANCE'] === '1')
    writeFileSync(TABLE, [before, asked, after].join('<!-- asked -->'));
  else t.equal(written, asked, 'UPDATE_CONFORMANCE=1 writes it');
});

/** A viewer of the server at this port, with the fixture's keys. */
function viewerAt(t: Test, port: number, keys: Parameters<typeof createViewer>[1]): Viewer {
  const viewer = createViewer(`http://localhost:${port}`, keys);
  t.teardown(() => viewer.close());
  return viewer;
}

t.test('ours gives what CloudFront gives, to each question', async (t) => {
  const fixture = await createFixture(temporaryDirectory(t));
  t.teardown(() => fixture.close());
  const [port = 0] = await freePorts(1);
  const { claims = [], start } = TARGETS['ours'] ?? {};
  const running = await start?.(fixture, port);
  t.teardown(() => running?.stop());
  const results = await askAll(viewerAt(t, port, fixture.keys), new Set(claims));
  t.strictSame(
    results.filter(({ outcome }) => outcome !== 'passed'),
    [],
  );
  const table = readFileSync(TABLE, 'utf8');
  const [, row = ''] = /^\| ours \| this one \| (.*?) \| \|$/m.exec(table) ?? [];
  t.equal(row, rowOf(scoreOf(results)), 'the table of the document');
  t.match(table, `sends ${QUESTIONS.length} of these facts`);
});

/** `A 1 of 1 · not claimed 0` as cells of a table. */
function rowOf(score: string): string {
  return score.replaceAll(/(?<=^| · )(?:[A-D]|not claimed) /g, '').replaceAll(' · ', ' | ');
}

t.test('emulators are asked each fact once at most', async (t) => {
  t.strictSame(QUESTIONS.length, new Set(QUESTIONS.map(({ fact }) => factOf(facts, fact).id)).size);
});

t.test(
  'who gives one answer to everything fails nearly everything, and nothing that is not claimed',
  async (t) => {
    const fixture = await createFixture(temporaryDirectory(t));
    t.teardown(() => fixture.close());
    const server = await listenOnLoopback((_request, response) => response.end('hello'), 0);
    t.teardown(() => server.close(0));
    const viewer = viewerAt(t, server.port, fixture.keys);
    const all = await askAll(viewer, new Set(TARGETS['ours']?.claims));
    t.strictSame(
      all.filter(({ outcome }) => outcome === 'passed').map(({ fact }) => fact),
      [],
    );
    const none = await askAll(viewer, new Set());
    t.strictSame([...new Set(none.map(({ outcome }) => outcome))], ['not claimed']);
    t.equal(scoreOf(none), `not claimed ${QUESTIONS.length}`);
  },
);
