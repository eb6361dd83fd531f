import t from 'tap';
import { OTHER_CHOICES } from '../../../../edge/local/assumptions.ts';
import { QUESTIONS } from '../../../../services/operator/probe/probe.ts';
import { SWITCHES } from './support/pairs.ts';
import { startStand } from './support/stand.ts';

const AT_ONCE = QUESTIONS.filter(({ name }) => !/^(?:replacedWithin5s|logoutsAtOnce)$/.test(name));
const HIDDEN: Record<string, string[]> = {
  functionBeforeSignature: ['duplicates', 'policyWithExpires', 'partialProtocol'],
};

t.test('a deployment whose edge trusts the signature: the same switches are named', async (t) => {
  const stand = await startStand(t, { edgeCredential: 'trusted' });
  const found = async (set: Parameters<typeof stand.ask>[1]) => {
    const { lines, verdict } = await stand.ask(AT_ONCE, set);
    return { verdict, hidden: lines.filter(({ same }) => same === null).map(({ question }) => question) };
  };
  t.strictSame(await found({}), {
    verdict: { verdict: 'holds', different: [], failed: [] },
    hidden: ['responseHeadersPolicyFirst'],
  });
  for (const name of SWITCHES) {
    const { verdict, hidden } = await found({ [name]: OTHER_CHOICES[name] });
    t.strictSame(hidden, [...(HIDDEN[name] ?? []), 'responseHeadersPolicyFirst'], `hidden under ${name}`);
    t.strictSame(verdict, { verdict: 'holds', different: hidden.includes(name) ? [] : [name], failed: [] });
  }

  const signingHidden = { signingCookiesHidden: true, signingParametersHidden: true };
  t.strictSame(
    await found(signingHidden),
    {
      verdict: {
        verdict: 'holds',
        different: ['signingParametersHidden', 'signingCookiesHidden'],
        failed: [],
      },
      hidden: ['viewerResponseSees', 'responseHeadersPolicyFirst', 'logoutWithin30s'],
    },
    'if the function sees nothing, files open and nobody can be signed out: the probe does not wait five minutes',
  );

  const { verdict } = await found({ ...signingHidden, normalisedUri: true });
  t.equal(verdict.verdict, 'stop', 'if the path is resolved as well, a byte of another user arrives');
});
