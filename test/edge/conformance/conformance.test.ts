import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { deploymentQuestions, FACTS, labQuestions } from '../../../services/operator/probe/facts.ts';
import { freePorts } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { factOf, parseFacts, ROW, TABLE } from './facts.ts';
import { createFixture } from './fixture.ts';
import { QUESTIONS } from './questions.ts';
import { askAll, scoreOf } from './run.ts';
import { TARGETS } from './targets.ts';
import { createViewer, type Viewer } from './viewer.ts';

const facts = parseFacts();

/** The questions of a fact: one for emulators, and those of the probe with the answer here and where they are asked. */
function questionsOf(fact: string): string[] {
  const ofLab = new Set(labQuestions().map(({ name }) => name));
  const ofDeployment = new Set(deploymentQuestions({}).map(({ name }) => name));
  const placesOf = (name: string) =>
    [ofLab.has(name) ? 'lab' : [], ofDeployment.has(name) ? 'deployment' : []].flat().join(', ');
  const ofProbe = FACTS.filter((question) => fact.startsWith(question.fact));
  return [
    ...(QUESTIONS.some((question) => fact.startsWith(question.fact)) ? ['emulators'] : []),
    ...ofProbe.map(({ name, assumed }) => `${placesOf(name)}: \`${name}\` ${assumed}`),
  ];
}

t.test('the table says of each fact how it is asked', async (t) => {
  t.ok(facts.length > 150, `${facts.length} facts`);
  for (const { fact } of [...FACTS, ...QUESTIONS]) t.doesNotThrow(() => factOf(facts, fact), fact);
  const table = readFileSync(TABLE, 'utf8');
  const written = table.replaceAll(ROW, (row: string, id: string) => {
    const { fact = '', asked = '' } = facts.find((one) => one.id === id) ?? {};
    // What is written by hand stays: a note in italics, and the files of tests.
    const byHand = asked.split('<br>').filter((one) => /^[*`]/.test(one));
    const all = [...questionsOf(fact), ...byHand];
    t.ok(all.length > 0, `${id} is asked`);
    for (const [, file = ''] of asked.matchAll(/(?:^|<br>)`([^`]+)`/g))
      t.ok(existsSync(`test/${file}`), `${id}: ${file}`);
    return `${row.slice(0, -`${asked} |`.length)}${all.join('<br>')} |`;
  });
  if (process.env['UPDATE_CONFORMANCE'] === '1') writeFileSync(TABLE, written);
  else t.equal(table, written, 'UPDATE_CONFORMANCE=1 writes it');
});

t.test('every row has its number and its grade, and every page that it names a link', async (t) => {
  const table = readFileSync(TABLE, 'utf8');
  t.equal(table.match(/^\| \d/gm)?.length, facts.length, 'no row is left out');
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
