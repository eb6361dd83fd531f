import { readdirSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { type Assumptions, DEFAULT_ASSUMPTIONS, OTHER_CHOICES } from '../../../../edge/local/assumptions.ts';
import { probeCommand } from '../../../../services/operator/cli/probe.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { SWITCHES } from './support/stand.ts';

/** Runs `probe --lab --local --json` in this process. It needs no stack, and no directory of one. */
async function probed(set: Partial<Assumptions>, args = ['--json']) {
  const out: string[] = [];
  const err: string[] = [];
  const text = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  const status = await probeCommand(
    ['--lab', '--local', ...args],
    { env: { EDGE_ASSUMPTIONS: text.join(',') }, localDirectory: '/nonexistent' },
    { out: (line) => out.push(line), err: (line) => err.push(line) },
  );
  return { status, out, err, lines: out.map((line) => (args.includes('--json') ? JSON.parse(line) : line)) };
}

t.test('the lab names the switch that is set, and no other; no answer is hidden', async (t) => {
  const directory = temporaryDirectory(t);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const { status, lines } = await probed({});
  t.equal(status, 0);
  t.strictSame(lines.at(-1), { verdict: 'holds', different: [], failed: [] });
  t.strictSame(
    lines
      .slice(0, SWITCHES.length)
      .map(({ question }) => question)
      .toSorted(),
    SWITCHES.toSorted(),
  );
  for (const name of SWITCHES) {
    const set = { [name]: OTHER_CHOICES[name] };
    const given = await probed(set);
    t.equal(given.status, 1, name);
    t.strictSame(given.lines.at(-1), { verdict: 'holds', different: [name], failed: [] }, name);
    const line = given.lines.find(({ question }) => question === name);
    const assumed = DEFAULT_ASSUMPTIONS[name];
    t.strictSame(line, { question: name, assumed, seen: OTHER_CHOICES[name], same: false }, name);
    t.notOk(
      given.lines.some(({ same }) => same === null),
      name,
    );
  }
  t.strictSame(readdirSync(directory), [], 'nothing is left');
});

t.test('the arguments are checked before anything else', async (t) => {
  for (const args of [['--lab', '--watch'], ['--local'], ['other']]) {
    await t.rejects(
      probeCommand(args, { env: {}, localDirectory: '/nonexistent' }, { out: () => {}, err: () => {} }),
      {
        name: 'UsageError',
        message: /^usage: probe/,
      },
      args.join(' '),
    );
  }
  const place = { env: { EDGE_ASSUMPTIONS: 'duplicates=both' }, localDirectory: '/nonexistent' };
  await t.rejects(probeCommand(['--lab', '--local'], place, { out: () => {}, err: () => {} }), {
    message: 'EDGE_ASSUMPTIONS: duplicates must be first or last',
  });
});
