import t from 'tap';
import { accessLogLine, explained, requestLine } from '../../../edge/command/decision-lines.ts';
import type { Decision } from '../../../edge/local/decision.ts';

const DECISION: Decision = {
  atMs: Date.UTC(2026, 10, 29, 23, 7, 5, 678),
  method: 'GET',
  path: '/a.txt',
  ipAddress: '127.0.0.1',
  step: 'origin',
  clause: 'answered',
  cache: 'Miss',
  status: 200,
};

t.test('the line of a request: for a refusal, the step and the rule', async (t) => {
  const { cache = '', status = 0, ...bare } = DECISION;
  for (const [decision, line] of [
    [DECISION, '200 miss GET /a.txt 0.4 ms'],
    [{ ...DECISION, status: 404 }, '404 miss GET /a.txt 0.4 ms'],
    [{ ...DECISION, step: 'request', clause: 'host', status: 400 }, '400 request: host GET /a.txt 0.4 ms'],
    [{ ...bare, status, clause: 'function_answer' }, '200 origin GET /a.txt 0.4 ms'],
    [{ ...bare, cache }, '0 miss GET /a.txt 0.4 ms'],
  ] as const)
    t.equal(requestLine(decision, 0.44), line, line);
});

t.test('a reason on one line of ASCII', async (t) => {
  const { status: _, ...decision } = DECISION;
  for (const [reason, line] of [
    [
      { clause: 'expired', required: 'a', given: 'b\u00e9\n' },
      /^origin: expired; The credential .*; required a; given b\?\?$/,
    ],
    [{ clause: 'own_code' }, /^origin: own_code$/],
  ] as const)
    t.match(explained({ ...decision, ...reason }), line, reason.clause);
});

t.test('a line of the access log has nineteen fields, and no secret', async (t) => {
  const rawHeaders = [
    'Host',
    'files.test',
    'Referer',
    'https://a.test/\u00fc',
    'User-Agent',
    'one',
    'User-Agent',
    'two',
  ];
  const line = (decision: Decision, headers: string[], ms: number) => {
    const request = { rawHeaders: headers, socket: { remoteAddress: '127.0.0.1', remotePort: 1 } };
    return accessLogLine(decision, request, ms).split('\t');
  };
  t.strictSame(
    line(DECISION, rawHeaders, 1_234.56),
    [
      ...['2026-11-29', '23:07:05', 'LOCAL1-P1', '-', '127.0.0.1', 'GET', 'files.test', '/a.txt', 200],
      ...['https://a.test/%C3%BC', 'one', '-', '-', 'Miss', '-', 'files.test', 'http', '-', '1.235\n'],
    ].map(String),
  );
  const { cache: _, status: __, ...bare } = DECISION;
  for (const [status, fields] of [
    [399, ['399', 'Miss']],
    [400, ['400', 'Error']],
    [undefined, ['0', 'Miss']],
  ] as const) {
    const decision = status === undefined ? bare : { ...bare, status };
    const all = line(decision, [], 0);
    t.strictSame([all[8], all[13]], fields, fields[0]);
    t.strictSame([all[6], all[9], all[10]], ['-', '-', '-']);
  }
});
