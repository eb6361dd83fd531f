import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { deploymentQuestions, FACTS, labQuestions } from '../../../services/operator/probe/facts.ts';
import { freePorts } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { createFixture } from './fixture.ts';
import { QUESTIONS } from './questions.ts';
import { askEmulator, ROW, scoreOf, TABLE } from './run.ts';
import { TARGETS } from './targets.ts';

const table = readFileSync(TABLE, 'utf8');
const rows = [...table.matchAll(ROW)].map(([, id = '', , known = '', source = '', asked = '']) => ({
  ...{ id, known, source, asked },
}));

/** The questions that show a fact, with the answer here and where they are asked. */
function questionsOf(id: string): string[] {
  const isOf = ({ fact }: { fact: string }) => fact.split(' ').includes(id);
  const ofLab = new Set(labQuestions().map(({ name }) => name));
  const ofDeployment = new Set(deploymentQuestions().map(({ name }) => name));
  const all = [...FACTS, ...QUESTIONS.filter(({ name }) => !ofLab.has(name))].filter(isOf);
  return all.map(({ name, assumed }) => {
    const places = [
      ofLab.has(name) ? 'lab' : [],
      ofDeployment.has(name) ? 'deployment' : [],
      ofLab.has(name) || ofDeployment.has(name) ? [] : 'emulators',
    ];
    return `${places.flat().join(', ')}: \`${name}\` ${String(assumed).replaceAll('|', '\\|').replaceAll('<', '&lt;')}`;
  });
}

t.test('the table says of each fact how it is asked', async (t) => {
  const ids = new Set(rows.map(({ id }) => id));
  for (const { name, fact } of [...FACTS, ...QUESTIONS])
    for (const id of fact.split(' ')) t.ok(ids.has(id), `${name}: ${id}`);
  const written = table.replaceAll(ROW, (row: string, id: string) => {
    const { asked = '' } = rows.find((one) => one.id === id) ?? {};
    // What is written by hand stays: a note in italics, and the files of tests.
    const byHand = asked.split('<br>').filter((one) => /^[*`]/.test(one));
    const all = [...questionsOf(id), ...byHand];
    t.ok(all.length > 0, `${id} is asked`);
    for (const [, file = ''] of asked.matchAll(/(?:^|<br>)`([^`]+)`/g))
      t.ok(existsSync(`test/${file}`), `${id}: ${file}`);
    return `${row.slice(0, -`${asked} |`.length)}${all.join('<br>')} |`;
  });
  if (process.env['UPDATE_CONFORMANCE'] === '1') writeFileSync(TABLE, written);
  else t.equal(table, written, 'UPDATE_CONFORMANCE=1 writes it');
});

t.test('every row has its number and its grade, and every page that it names a link', async (t) => {
  t.equal(table.match(/^\| \d/gm)?.length, rows.length, 'no row is left out');
  let [section, place] = [0, 0];
  for (const { id, known } of rows) {
    [section, place] = id === `${section + 1}.1` ? [section + 1, 1] : [section, place + 1];
    t.equal(id, `${section}.${place}`, id);
    t.match(known, /^[A-D][+-]?(?:\/[A-D][+-]?)?$/, id);
  }
  const named = new Set(rows.flatMap(({ source }) => /^\[(.+)\]$/.exec(source)?.[1] ?? []));
  const linked = [...table.matchAll(/^\[(.+)\]: https:\/\/docs\.aws\.amazon\.com\/.+\/\1\.html$/gm)];
  t.strictSame(
    linked.map(([, page]) => page),
    [...named].toSorted(),
  );
});

t.test('the local CloudFront gives the answer that CloudFront is believed to give', async (t) => {
  const fixture = await createFixture(temporaryDirectory(t));
  t.teardown(() => fixture.close());
  const [port = 0] = await freePorts(1);
  const running = await TARGETS['ours']?.(fixture, port);
  t.teardown(() => running?.stop());
  const lines = await askEmulator(`http://localhost:${port}`, fixture.keys);
  t.strictSame(
    lines.filter(({ same }) => same !== true).map(({ question, seen }) => `${question}: ${seen}`),
    // These need an API of the KeyValueStore. `probe --lab --local` asks them.
    ['deleteMissingKey: hidden', 'writesAtOnce: hidden', 'keySeenWithin60s: hidden'],
  );
  t.match(table, `| ours | this one | ${scoreOf(lines)} |`, 'the table of the document');
});

t.test('a server that gives one answer to everything gives few of the answers', async (t) => {
  const { keys, close } = await createFixture(temporaryDirectory(t));
  t.teardown(close);
  const server = await listenOnLoopback((_request, response) => response.end('hello'), 0);
  t.teardown(() => server.close(0));
  const lines = await askEmulator(`http://localhost:${server.port}`, keys);
  const same = lines.filter((line) => line.same);
  t.ok(same.length < lines.length / 10, same.map(({ question }) => question).join(', '));
});
