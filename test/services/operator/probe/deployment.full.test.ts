import t from 'tap';
import {
  type AssumptionName,
  DEFAULT_ASSUMPTIONS,
  OTHER_CHOICES,
} from '../../../../edge/local/assumptions.ts';
import { filesLeft, QUESTIONS, type Stand, SWITCHES, startStand } from './support/stand.ts';

/** The question that waits for the cache is left to the test of the real command. */
const AT_ONCE = QUESTIONS.filter(({ name }) => name !== 'replacedWithin5s');
/** Without the questions about the stores alone. No switch of the edge changes their answers. */
const OF_EDGE = AT_ONCE.filter(({ name }) => !['writesAtOnce', 'deleteMissingKey'].includes(name));
const HOLDS = { verdict: 'holds', different: [], failed: [] };

/** What the functions of this project hide with these switches. */
function hiddenUnder(names: readonly AssumptionName[]): string[] {
  // If the function sees neither cookies nor parameters, no credential opens a file.
  const opensNothing = names.length > 1 && names.every((name) => /^signing\w+Hidden$/.test(name));
  const isFunctionFirst = names.includes('functionBeforeSignature');
  return [
    ...(opensNothing ? ['viewerResponseSees'] : []),
    ...(isFunctionFirst ? ['duplicates', 'fittingSet', 'policyWithExpires', 'partialProtocol'] : []),
    'responseHeadersPolicyFirst',
  ];
}

async function found(stand: Stand, ...[questions, set]: Parameters<Stand['ask']>) {
  const { lines, verdict } = await stand.ask(questions, set);
  const hidden = lines.filter(({ same }) => same === null).map(({ question }) => question);
  return { lines, verdict, hidden };
}

for (const edgeCredential of ['checked', 'trusted'] as const) {
  t.test(
    `the probe names the switch that is set, and no other: an edge that is ${edgeCredential}`,
    async (t) => {
      const stand = await startStand(t, edgeCredential === 'trusted' ? { edgeCredential } : {});
      const { lines, verdict } = await stand.ask(AT_ONCE);
      t.strictSame(verdict, HOLDS);
      t.strictSame(
        lines.map(({ question }) => question),
        AT_ONCE.map(({ name }) => name),
      );
      for (const name of SWITCHES) {
        const given = await found(stand, OF_EDGE, { [name]: OTHER_CHOICES[name] });
        const isHidden = given.hidden.includes(name);
        t.strictSame(given.hidden, hiddenUnder([name]), `hidden under ${name}`);
        t.strictSame(given.verdict, { ...HOLDS, different: isHidden ? [] : [name] }, name);
        const line = given.lines.find(({ question }) => question === name);
        const [assumed, seen] = [DEFAULT_ASSUMPTIONS[name], OTHER_CHOICES[name]];
        if (!isHidden) t.strictSame(line, { question: name, assumed, seen, same: false }, name);
      }
      t.strictSame(stand.stack.keyValueStore.entries(), [], 'no entry of a throw-away user is left');
      t.equal(await filesLeft(stand.stack.directory), 0, 'and no file');
      if (edgeCredential === 'checked') return;

      const signingHidden = { signingCookiesHidden: true, signingParametersHidden: true };
      const blind = await found(stand, OF_EDGE, signingHidden);
      t.strictSame(blind.verdict, {
        ...HOLDS,
        different: ['signingParametersHidden', 'signingCookiesHidden'],
      });
      // Files open, and nobody can be signed out. The probe does not wait five minutes.
      t.strictSame(blind.hidden, ['viewerResponseSees', 'responseHeadersPolicyFirst', 'logoutWithin30s']);
      const { verdict: stop } = await stand.ask(OF_EDGE, { ...signingHidden, normalisedUri: true });
      t.equal(stop.verdict, 'stop', 'if the path is resolved as well, a byte of another user arrives');
    },
  );
}
