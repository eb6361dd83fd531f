import t from 'tap';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from '../../../edge/local/assumptions.ts';
import { synthesizeForTest } from '../../support/cached-build.ts';
import { localValues } from '../../support/local-values.ts';
import { EC, RSA, startEdge, TEMPLATE } from './support/edge.ts';
import { isolationSuite } from './support/isolation-suite.ts';

/** The other choices of the assumptions, one at a time. */
const SWITCHES: { [Name in keyof Assumptions]: Pick<Assumptions, Name> }[keyof Assumptions][] = [
  { functionBeforeSignature: true },
  { normalisedUri: true },
  { signatureOnNormalisedUri: true },
  { signingParametersHidden: true },
  { signingCookiesHidden: true },
  { viewerResponseSees: 'viewer' },
  { duplicates: 'last' },
  { policyWithExpires: 'expires' },
  { caseIgnored: true },
  { partialProtocol: true },
  { addressWithoutMask: true },
  { responseHeadersPolicyFirst: false },
  { responseHeadersPolicyOnRefusals: true },
];

t.test('every assumption is put the other way', async (t) => {
  const other = Object.assign({}, ...SWITCHES);
  for (const [name, value] of Object.entries(DEFAULT_ASSUMPTIONS)) t.not(other[name] ?? value, value, name);
});

const BOTH_HIDDEN = { signingCookiesHidden: true, signingParametersHidden: true };
const TRUSTED = await synthesizeForTest(localValues([EC, RSA], { edgeCredential: 'trusted' }));

for (const [edgeCredential, template, worlds] of [
  ['read', TEMPLATE, [{}, ...SWITCHES]],
  ['trusted', TRUSTED, [{}, ...SWITCHES, BOTH_HIDDEN]],
] as const) {
  for (const assumptions of worlds) {
    t.test(`${edgeCredential}: isolation holds with ${JSON.stringify(assumptions)}`, async (t) => {
      const edge = await startEdge({ template, assumptions });
      t.teardown(() => edge.close());
      await isolationSuite(t, edge, assumptions, edgeCredential);
    });
  }
}
