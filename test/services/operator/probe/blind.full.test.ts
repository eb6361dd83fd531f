import t from 'tap';
import {
  type AssumptionName,
  type Assumptions,
  DEFAULT_ASSUMPTIONS,
  OTHER_CHOICES,
} from '../../../../edge/local/assumptions.ts';
import { QUESTIONS } from '../../../../services/operator/probe/probe.ts';
import { SWITCHES } from './support/pairs.ts';
import { filesLeft, startStand } from './support/stand.ts';

/** The question that waits for the cache is left to the test of the real command. */
const AT_ONCE = QUESTIONS.filter(({ name }) => name !== 'replacedWithin5s');
/** Questions about the stores alone. No switch of the edge changes their answers. */
const OF_STORES = ['logoutsAtOnce', 'writesAtOnce', 'deleteMissingKey'];
const OF_EDGE = AT_ONCE.filter(({ name }) => !OF_STORES.includes(name));
/** The questions whose answer is hidden by the functions of this project, by the switch that is set. */
const HIDDEN: Partial<Record<AssumptionName | 'none', string[]>> = {
  none: ['responseHeadersPolicyFirst'],
  functionBeforeSignature: [
    ...['duplicates', 'policyWithExpires', 'partialProtocol'],
    'responseHeadersPolicyFirst',
  ],
};

t.test('the probe names the switch that is set, and no other', async (t) => {
  const stand = await startStand(t);
  const { lines, verdict } = await stand.ask(AT_ONCE);
  t.strictSame(verdict, { verdict: 'holds', different: [], failed: [] });
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
    const given = await stand.ask(OF_EDGE, set);
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
  t.equal(await filesLeft(stand.stack.directory), 0, 'and no file');
});
