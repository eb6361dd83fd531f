import t from 'tap';
import { SWITCHES } from '../../../../services/operator/probe/switches.ts';
import { PAIRS } from './support/pairs.ts';
import { startStand } from './support/stand.ts';

t.test('the probe names the switches of each pair that are not hidden, and no other', async (t) => {
  const stand = await startStand(t);
  for (const [names, set] of PAIRS) {
    const { lines, verdict } = await stand.ask(SWITCHES, set);
    const hidden = lines.filter(({ same }) => same === null).map(({ question }) => question);
    const expected = names.filter((name) => !hidden.includes(name));
    t.strictSame(verdict.different.toSorted(), expected.toSorted(), names.join(', '));
    const isFirst = names.includes('functionBeforeSignature');
    // If the function sees neither cookies nor parameters, no credential opens a file.
    const opensNothing = names.every((name) => /^signing\w+Hidden$/.test(name));
    const allowed = [
      ...(opensNothing ? ['viewerResponseSees'] : []),
      ...(isFirst ? ['duplicates', 'policyWithExpires', 'partialProtocol'] : []),
      'responseHeadersPolicyFirst',
    ];
    t.strictSame(hidden, allowed, `hidden under ${names.join(', ')}`);
    t.ok(hidden.length <= 4);
  }
});
