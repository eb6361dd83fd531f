import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  type AssumptionName,
  type Assumptions,
  DEFAULT_ASSUMPTIONS,
  OTHER_CHOICES,
} from '../../../edge/local/assumptions.ts';
import { QUESTIONS } from '../../../services/probe/probe.ts';
import { SWITCHES } from './support/pairs.ts';
import { startStand } from './support/stand.ts';

/** The one that waits for the cache is asked by the real command. */
const AT_ONCE = QUESTIONS.filter(({ name }) => name !== 'replacedWithin5s');
/** What cannot be seen through the functions of this project, by the switch that is set. */
const HIDDEN: Partial<Record<AssumptionName | 'none', string[]>> = {
  none: ['responseHeadersPolicyFirst'],
  functionBeforeSignature: [
    ...['duplicates', 'policyWithExpires', 'partialProtocol'],
    'responseHeadersPolicyFirst',
  ],
  // Nothing that could be signed out opens a file.
  signingCookiesHidden: ['responseHeadersPolicyFirst', 'logoutWithin30s'],
};

t.test('the probe names the switch that is set, and none that is not', async (t) => {
  const stand = await startStand(t);
  const { lines, verdict } = await stand.ask(AT_ONCE);
  t.strictSame(verdict, { verdict: 'holds', different: [] });
  t.strictSame(
    lines.map(({ question }) => question),
    AT_ONCE.map(({ name }) => name),
  );
  t.strictSame(
    SWITCHES.filter((name) => !lines.some(({ question }) => question === name)),
    [],
    'there is a question for every switch',
  );
  for (const name of SWITCHES) {
    const set: Partial<Assumptions> = { [name]: OTHER_CHOICES[name] };
    const given = await stand.ask(AT_ONCE, set);
    const hidden = given.lines.filter(({ same }) => same === null).map(({ question }) => question);
    t.strictSame(hidden, HIDDEN[name] ?? HIDDEN.none, `hidden under ${name}`);
    t.strictSame(given.verdict.different, hidden.includes(name) ? [] : [name], name);
    const line = given.lines.find(({ question }) => question === name);
    if (!hidden.includes(name)) {
      const { [name]: assumed } = DEFAULT_ASSUMPTIONS;
      t.strictSame(line, { question: name, assumed, seen: OTHER_CHOICES[name], same: false });
    }
  }
  t.strictSame(stand.stack.keyValueStore.entries(), [], 'no entry of a throw-away user is left');
  t.strictSame(
    readdirSync(join(stand.stack.directory, 's3'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('probe'),
    ),
    [],
    'and no file',
  );
});
