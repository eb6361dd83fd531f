import { mock } from 'node:test';
import t from 'tap';
import {
  askAll,
  exitStatus,
  ForeignByteError,
  type Line,
  type Question,
  run,
} from '../../../../services/operator/probe/run.ts';

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
