import t from 'tap';
import { type Assumptions, OTHER_CHOICES } from '../../../edge/local/assumptions.ts';
import { synthesizeForTest } from '../../support/cached-build.ts';
import { localValues } from '../../support/local-values.ts';
import { EC, RSA, startEdge, TEMPLATE } from './support/edge.ts';
import { isolationSuite } from './support/isolation-suite.ts';

/** The other choices of the assumptions, one at a time. */
const SWITCHES = Object.entries(OTHER_CHOICES).map(
  ([name, value]): Partial<Assumptions> => ({ [name]: value }),
);

/** For a design that trusts the edge, what the functions do not see. */
const HIDDEN = [
  { signingCookiesHidden: true },
  { signingParametersHidden: true },
  { signingCookiesHidden: true, signingParametersHidden: true },
];
const TRUSTED = await synthesizeForTest(localValues([EC, RSA], { edgeCredential: 'trusted' }));

for (const [edgeCredential, template, worlds] of [
  ['read', TEMPLATE, [{}, ...SWITCHES]],
  ['trusted', TRUSTED, [{}, ...HIDDEN]],
] as const) {
  for (const assumptions of worlds) {
    t.test(`${edgeCredential}: isolation holds with ${JSON.stringify(assumptions)}`, async (t) => {
      const edge = await startEdge({ template, assumptions });
      t.teardown(() => edge.close());
      await isolationSuite(t, edge, assumptions, edgeCredential);
    });
  }
}
