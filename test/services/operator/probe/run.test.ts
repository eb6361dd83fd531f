import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import t from 'tap';
import { createAsker } from '../../../../services/operator/probe/asker.ts';
import {
  askAll,
  exitStatus,
  ForeignByteError,
  type Line,
  type Question,
  run,
  sortOut,
} from '../../../../services/operator/probe/run.ts';

t.test(
  'an answer that breaks off counts as an answer; a target that is not there ends the probe',
  async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/broken') response.socket?.destroy();
      else if (request.url === '/short') response.writeHead(200, { 'content-length': 9 }).write('123');
      else response.end('whole');
      if (request.url === '/short') setImmediate(() => response.socket?.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const asker = createAsker(origin, new AbortController().signal);
    const questions = ['/whole', '/broken', '/short'].map((name) => ({
      ...{ name, assumed: 'whole', otherwise: '' },
      ask: async () => (await asker.ask(name)).body.toString(),
    }));
    const lines: Line[] = [];
    const verdict = await askAll(questions, {}, (line) => lines.push(line));
    t.strictSame(
      lines.map(({ seen }) => seen),
      ['whole', 'no answer', 'no answer'],
    );
    t.strictSame(verdict, { verdict: 'holds', different: ['/broken', '/short'], failed: [] });
    asker.close();
    await new Promise((resolve) => server.close(resolve));
    await t.rejects(
      askAll(questions, {}, () => {}),
      { code: 'ECONNREFUSED' },
    );
  },
);

/** Questions by name, each with its way to answer. */
function questions(asks: Record<string, Question<object>['ask']>): Question<object>[] {
  return Object.entries(asks).map(([name, ask]) => ({
    ...{ name, assumed: 'yes', otherwise: '', maxSeconds: 0.05 },
    ask,
  }));
}

const yes = async () => 'yes';
const never = () => new Promise<undefined>(() => {});
const fail = (error: object) => () => Promise.reject(Object.assign(new Error('secret'), error));

t.test('a question that fails or hangs is named, and the others are asked', async (t) => {
  const lines: Line[] = [];
  const asks = { first: fail({ code: 'ECONNRESET' }), gone: fail({ code: 'ECONNREFUSED' }) };
  const others = { failing: fail({ name: 'ThrottlingException' }), hanging: never, last: yes };
  const verdict = await askAll(questions({ ...asks, ...others }), {}, (line) => lines.push(line));
  t.strictSame(
    lines.map(({ question, seen }) => `${question}: ${seen}`),
    [
      'first: could not be asked: ECONNRESET',
      'gone: could not be asked: ECONNREFUSED',
      'failing: could not be asked: ThrottlingException',
      'hanging: could not be asked: no end after 0.05 s',
      'last: yes',
    ],
  );
  t.strictSame(verdict, { verdict: 'holds', different: [], failed: ['first', 'gone', 'failing', 'hanging'] });
  t.equal(exitStatus(verdict), 1);
});

t.test('a byte of another user ends the probe, even if its question took too long', async (t) => {
  const { promise: later, reject } = Promise.withResolvers<undefined>();
  const asks = {
    slow: () => later,
    next: async () => {
      reject(new ForeignByteError('of Bob'));
      return 'yes';
    },
    async never() {
      t.fail('no question follows');
      return undefined;
    },
  };
  const lines: Line[] = [];
  const verdict = await askAll(questions(asks), {}, (line) => lines.push(line));
  t.strictSame([verdict.verdict, lines.length], ['stop', 1]);
});

t.test('a person who stops the probe stops it, and the question then has no answer', async (t) => {
  const stop = new AbortController();
  const asks = {
    stopped: async () => {
      stop.abort(new Error('stopped'));
      throw new Error('aborted');
    },
  };
  await t.rejects(
    askAll(questions(asks), {}, () => t.fail('an answer is told'), stop.signal),
    { message: 'stopped' },
  );
});

/** A plan with every kind of answer. */
function planOf() {
  const asks = {
    yes,
    no: async () => 'no|not',
    hidden: async () => undefined,
    failing: fail({ name: 'Denied' }),
  };
  const all = questions(asks).map((one) => ({ ...one, otherwise: `see ${one.name}` }));
  return {
    target: 'here',
    questions: all,
    leftOut: [{ name: 'http3', why: 'no curl' }],
    figures: ['a figure: 1'],
  };
}

async function printed(isJson: boolean) {
  const out: string[] = [];
  const err: string[] = [];
  const { signal } = new AbortController();
  const output = {
    out: (text: string) => out.push(text),
    err: (text: string) => err.push(text),
    isJson,
    signal,
  };
  const status = await run(output, planOf(), (use) => use({}));
  return { out, err, status };
}

t.test('the report, as it goes into a document', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-01T12:00:00Z') });
  t.teardown(() => mock.timers.reset());
  const { out, err, status } = await printed(false);
  t.equal(status, 1);
  t.strictSame(err, [
    'probe: not asked here: http3 (no curl)',
    'probe: yes: yes',
    'probe: no: no|not',
    'probe: hidden: hidden',
    'probe: failing: could not be asked: Denied',
  ]);
  t.strictSame(out.join('\n').split('\n'), [
    '# here, 2026-11-01',
    '',
    '| question | seen | the local CloudFront | same | what to do |',
    '| --- | --- | --- | --- | --- |',
    '| yes | yes | yes | yes |  |',
    '| no | no\\|not | yes | **no** | see no |',
    '| hidden | hidden | yes | cannot be seen |  |',
    '| failing | could not be asked: Denied | yes | cannot be seen |  |',
    '',
    '- a figure: 1',
    '- not asked: http3 (no curl)',
    '',
    'It holds. Different: no. Could not be asked: failing.',
  ]);
});

t.test('the lines for a program', async (t) => {
  const { out, err } = await printed(true);
  t.strictSame(err, ['probe: not asked here: http3 (no curl)', 'probe: a figure: 1']);
  const line = (question: string, seen: string, same: boolean | null) => ({
    question,
    assumed: 'yes',
    seen,
    same,
  });
  t.strictSame(
    out.map((text) => JSON.parse(text)),
    [
      line('yes', 'yes', true),
      line('no', 'no|not', false),
      line('hidden', 'hidden', null),
      line('failing', 'could not be asked: Denied', null),
      { verdict: 'holds', different: ['no'], failed: ['failing'] },
    ],
  );
});

t.test('a question whose hindrance cannot be found out is left out, and no other', async (t) => {
  const [one, two] = questions({ one: yes, two: yes });
  if (!one || !two) throw new Error('two questions');
  const { asked, leftOut } = await sortOut([{ ...one, hindrance: fail({ name: 'TypeError' }) }, two]);
  t.strictSame([asked, leftOut], [[two], [{ name: 'one', why: 'TypeError' }]]);
});
