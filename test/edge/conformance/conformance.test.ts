import { readFileSync } from 'node:fs';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { freePorts } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { createFixture } from './fixture.ts';
import { createViewer } from './question.ts';
import { askAll, factOf, QUESTIONS, scoreOf } from './run.ts';
import { TARGETS } from './targets.ts';

t.test('ours gives what CloudFront gives, to each question', async (t) => {
  const fixture = await createFixture(temporaryDirectory(t));
  t.teardown(() => fixture.close());
  const [port = 0] = await freePorts(1);
  const { claims = [], start } = TARGETS['ours'] ?? {};
  const running = await start?.(fixture, port);
  t.teardown(() => running?.stop());
  const results = await askAll(createViewer(`http://localhost:${port}`, fixture.keys), new Set(claims));
  t.strictSame(
    results.filter(({ outcome }) => outcome !== 'passed'),
    [],
  );
  const table = readFileSync('edge/local/CONFORMANCE.md', 'utf8');
  const [, row = ''] = /^\| ours \| this one \| (.*?) \| \|$/m.exec(table) ?? [];
  t.equal(row, rowOf(scoreOf(results)), 'the table of the document');
  t.match(table, `sends ${QUESTIONS.length} of these facts`);
});

/** `A 1 of 1 · not claimed 0` as cells of a table. */
function rowOf(score: string): string {
  return score.replaceAll(/(?<=^| · )(?:[A-D]|not claimed) /g, '').replaceAll(' · ', ' | ');
}

t.test('each question is of one fact, and of each fact there is one question at most', async (t) => {
  const ids = QUESTIONS.map((question) => factOf(question).id);
  t.strictSame(ids.length, new Set(ids).size);
});

t.test(
  'who gives one answer to everything fails nearly everything, and nothing that is not claimed',
  async (t) => {
    const fixture = await createFixture(temporaryDirectory(t));
    t.teardown(() => fixture.close());
    const server = await listenOnLoopback((_request, response) => response.end('hello'), 0);
    t.teardown(() => server.close(0));
    const viewer = createViewer(`http://localhost:${server.port}`, fixture.keys);
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
